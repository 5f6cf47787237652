import { expect, test } from 'vitest'
import { backOffMs } from './back-off.ts'

test.each([
  ['the first failure waits for half a second at least', 1, 0, 500],
  ['... and a second at most', 1, 0.9999, 1_000],
  ['each further one doubles it', 2, 0, 1_000],
  ['... and again', 4, 0.5, 6_000],
  ['no wait is longer than a minute', 40, 1, 60_000],
  ['nor shorter than half of one after many', 2_000, 0, 30_000],
])('%s', (_, failures, random, expected) => {
  expect(backOffMs(failures, random)).toBe(expected)
})
