import { expect, it } from 'vitest'
import { durationInWords } from './words.ts'

it.each([
  [0, '0 s'],
  [499, '0 s'],
  [1_000, '1 s'],
  [60_000, '1 min'],
  [255_000, '4 min 15 s'],
  [3_600_000, '1 h'],
  [3_725_000, '1 h 2 min'],
  [90_061_000, '1 d 1 h'],
])('%i ms is %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words)
})
