import { expect, test } from 'vitest'
import { checkCountRatio, type CheckCounts } from './counts.ts'

const rows: [sentence: string, counts: CheckCounts, ratio: number | null][] = [
  ['of no checks is null', { up: 0, down: 0, unknown: 0 }, null],
  ['of checks that told nothing is null', { up: 0, down: 0, unknown: 5 }, null],
  ['of failures alone is 0', { up: 0, down: 3, unknown: 0 }, 0],
  ['leaves out what told nothing', { up: 3, down: 1, unknown: 96 }, 0.75],
  ['of a single failure among many is not 1', { up: 999_999, down: 1, unknown: 0 }, 0.999_999],
]
test.each(rows)('the check-count ratio %s', (_, counts, ratio) => {
  expect(checkCountRatio(counts)).toBe(ratio)
})
