import { expect, it } from 'vitest'
import { type Lateness, latenessInWords, type Released, releaseEntries } from './lateness.ts'

const MINUTE_MS = 60_000
const NOW = Date.parse('2026-11-20T12:00:00Z')

it.each<[Lateness, string]>([
  [{ reason: 'MAINTENANCE', forMs: 42 * MINUTE_MS }, 'withheld for 42 min: it was being worked on'],
  [
    { reason: 'DEPENDENCY', forMs: 61 * MINUTE_MS },
    'withheld for 1 h 1 min: what it depends on was down',
  ],
  [
    { reason: 'PARENT_CHECK', forMs: 3_000 },
    'withheld for 3 s: what it depends on was looked at first',
  ],
  [{ reason: 'QUIET_HOURS', forMs: 540 * MINUTE_MS }, 'withheld for 9 h: these were quiet hours'],
])('%o is said as: %s', (lateness, words) => {
  expect(latenessInWords(lateness)).toBe(words)
})

it('is one line of the timeline for each incident and reason, whoever it goes to', () => {
  const released = (
    incidentId: string,
    recipient: string,
    reason: Lateness['reason'],
    minutes: number,
  ): Released => ({
    incidentId,
    workspaceId: 'w1',
    recipient,
    lateness: { reason, forMs: minutes * MINUTE_MS },
  })
  const entries = releaseEntries(
    [
      released('i1', 'ada', 'MAINTENANCE', 42),
      released('i1', 'Ops', 'MAINTENANCE', 41),
      released('i1', 'bob', 'QUIET_HOURS', 5),
      released('i2', 'ada', 'MAINTENANCE', 1),
    ],
    NOW,
  )
  expect(entries.map(({ incidentId, text }) => `${incidentId} ${text}`)).toEqual([
    'i1 Told now, withheld for 42 min: it was being worked on. To: ada, Ops.',
    'i1 Told now, withheld for 5 min: these were quiet hours. To: bob.',
    'i2 Told now, withheld for 1 min: it was being worked on. To: ada.',
  ])
  expect(entries[0]).toMatchObject({ kind: 'RELEASED', at: NOW, userId: null, workspaceId: 'w1' })
})
