import { expect, test } from 'vitest'
import { correctOffset } from './clock-offset.ts'

test.each([
  [
    'the first answer is taken to have come halfway',
    null,
    { sentAt: 1_000, receivedAt: 1_100, serverTime: 9_050 },
    8_000,
  ],
  [
    'an offset that the answer allows is kept',
    7_960,
    { sentAt: 1_000, receivedAt: 1_100, serverTime: 9_050 },
    7_960,
  ],
  ['at the very edge too', 7_950, { sentAt: 1_000, receivedAt: 1_100, serverTime: 9_050 }, 7_950],
  [
    'one beyond it is corrected',
    7_949,
    { sentAt: 1_000, receivedAt: 1_100, serverTime: 9_050 },
    8_000,
  ],
  [
    'a clock that runs ahead has an offset below zero',
    null,
    { sentAt: 9_000, receivedAt: 9_100, serverTime: 1_050 },
    -8_000,
  ],
])('%s', (_, known, exchange, offset) => {
  expect(correctOffset(known, exchange)).toBe(offset)
})
