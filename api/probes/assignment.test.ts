import { expect, it } from 'vitest'
import { asRecheck, workspacesHolding } from './assignment.ts'

const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`)

/** Its tail is 7,000, so its slots are at :07 of every minute. It last ran on one of them, which is planned next. */
const waiting = {
  monitorId: '01997a2e-0000-7000-8000-000000001b58',
  region: 'local',
  fence: '4',
  intervalSeconds: 60,
  last: { slotAt: at('10:00:07'), attempt: 0 },
  runAt: at('10:01:07'),
}

it.each([
  ['runs on the next step of 5 s', {}, '10:00:30', '10:00:32 #1'],
  ['a second ahead at least', {}, '10:00:31.001', '10:00:37 #1'],
  ['stays where its slot comes first', {}, '10:01:03', null],
  ['stays where it is a re-check already', { runAt: at('10:00:32') }, '10:00:30', null],
  [
    'counts on from its last re-check',
    { last: { slotAt: at('10:00:07'), attempt: 3 } },
    '10:00:30',
    '10:00:32 #4',
  ],
])('a run that is wanted soon %s', (_, circumstances, now, expected) => {
  const next = asRecheck({ ...waiting, ...circumstances }, at(now))
  const clock = next && new Date(next.runAt).toISOString().slice(11, 19)
  expect(next && `${clock} #${next.attempt}`).toBe(expected)
})

it('names who has as many runs under way as one may, and nobody else', () => {
  const runs = ['a', 'a', 'a', 'b', 'b'].map((workspaceId) => ({ workspaceId }))
  expect(workspacesHolding(runs, 4)).toEqual([])
  expect(workspacesHolding(runs, 3)).toEqual(['a'])
  expect(workspacesHolding(runs, 2)).toEqual(['a', 'b'])
})
