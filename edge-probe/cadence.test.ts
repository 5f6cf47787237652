import { describe, expect, test } from 'vitest'
import { afterFailure, afterSuccess, type Line, NEW_LINE, syncDueAt } from './cadence.ts'

const NOON = Date.parse('2026-11-20T12:00:00Z')
const atNoon: Line = { ...NEW_LINE, syncedAt: NOON }

describe('after a sync at noon the next one is due', () => {
  type Row = [sentence: string, isPressing: boolean, line: Partial<Line>, seconds: number]

  test.each<Row>([
    ['in a while where all is calm', false, {}, 10],
    ['at once where something turned', false, { isUrgent: true }, 1],
    ['at once where assignments or receipts are wanting', true, {}, 1],
    ['never before the server wants it', true, { retryAt: NOON + 40_000 }, 40],
  ])('%s', (_, isPressing, line, seconds) => {
    const dueAt = syncDueAt({ ...atNoon, ...line }, isPressing)
    expect((dueAt - NOON) / 1_000).toBe(seconds)
  })
})

test('an object that begins syncs at once', () => {
  expect(syncDueAt(NEW_LINE, true)).toBeLessThan(NOON)
})

describe('after failures', () => {
  const told = { retryAfterMs: 0, signingOffsetMs: null }
  const failing = (times: number, random: number) =>
    Array.from({ length: times }).reduce<Line>(
      (line) => afterFailure(line, told, NOON, random),
      atNoon,
    )

  test.each([
    [1, 0.5, 1],
    [2, 1, 2],
    [3, 2, 4],
    [7, 30, 60],
    [50, 30, 60],
  ])('%i in a row the next sync waits %d to %d seconds', (times, least, most) => {
    expect(failing(times, 0).retryAt - NOON).toBe(least * 1_000)
    expect(failing(times, 1).retryAt - NOON).toBe(most * 1_000)
  })

  test('the server may ask for more', () => {
    const line = afterFailure(atNoon, { ...told, retryAfterMs: 90_000 }, NOON, 0)
    expect(line.retryAt - NOON).toBe(90_000)
  })

  test('a success ends them, and keeps what turned meanwhile', () => {
    expect(afterSuccess({ ...failing(9, 0), isUrgent: true }, NOON)).toEqual({
      ...atNoon,
      isUrgent: true,
    })
  })
})
