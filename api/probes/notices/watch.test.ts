import { expect, it } from 'vitest'
import { beginWatch, keepWatch } from './watch.ts'

const start = Date.parse('2026-11-20T12:00:00Z')

it.each([
  ['a look every five seconds', [5_000, 10_000, 15_000], start],
  ['a look thirty seconds late', [5_000, 35_000], start],
  ['a look later than that: we were away', [5_000, 35_001], start + 35_001],
  ['a clock set back an hour', [5_000, -3_600_000, -3_595_000], start - 3_600_000],
])('after %s the watch counts from the right instant', (_, looks, since) => {
  const watch = looks.reduce((kept, ms) => keepWatch(kept, start + ms), beginWatch(start))
  expect(watch.since).toBe(since)
})
