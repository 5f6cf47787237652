import { expect, test } from 'vitest'
import { type Work, workByMonitor } from './work.ts'

const work = (
  windowId: string,
  monitorIds: string[] | null,
  ...spans: [number, number][]
): Work => ({
  windowId,
  monitorIds,
  spans: spans.map(([from, to]) => ({ from, to })),
})

test.each([
  ['shop', '0–3 5–9'],
  ['blog', '2–3 7–9'],
  ['idle', '2–3'],
])('the work on the %s is %s', (monitorId, expected) => {
  const workOn = workByMonitor([
    work('a', ['shop'], [0, 2], [5, 8]),
    work('b', null, [2, 3]),
    work('c', ['shop', 'blog'], [7, 9]),
  ])
  const shown = () =>
    workOn(monitorId)
      .map(({ from, to }) => `${from}–${to}`)
      .join(' ')
  expect(shown()).toBe(expected)
  expect(shown()).toBe(expected)
})

test('there may be none', () => {
  expect(workByMonitor([])('shop')).toEqual([])
})
