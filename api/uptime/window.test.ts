import { describe, expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import {
  checkChart,
  checkDays,
  checkWindow,
  gridOf,
  hullOf,
  windowOf,
  type WindowInput,
} from './window.ts'

const NOW = Date.parse('2026-11-20T12:34:56.789Z')
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const at = (iso: string) => new Date(iso)

function problemOf(work: () => void): string {
  try {
    work()
    return 'none'
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    const { code, issues } = error as Refusal
    const problems = issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    return `${code} ${problems.join('; ')}`
  }
}

describe('a window', () => {
  const rows: [sentence: string, input: WindowInput, problem: string][] = [
    ['of nothing said is fine', {}, 'none'],
    ['of a millisecond is fine', { from: new Date(NOW - 1), to: new Date(NOW) }, 'none'],
    [
      'of no time is not',
      { from: new Date(NOW), to: new Date(NOW) },
      'BAD_USER_INPUT from must be before `to`',
    ],
    [
      'that begins after now must say where it ends',
      { from: new Date(NOW + 1) },
      'BAD_USER_INPUT from must be before `to`',
    ],
    ['of 400 days is fine', { from: new Date(NOW - 400 * DAY_MS) }, 'none'],
    [
      'of a millisecond more is not',
      { from: new Date(NOW - 400 * DAY_MS - 1) },
      'BAD_USER_INPUT from must be at most 400 days before `to`',
    ],
  ]
  test.each(rows)('%s', (_, input, problem) => {
    expect(problemOf(() => checkWindow(input, NOW))).toBe(problem)
  })

  test('is the 24 hours before its end, and its end is now, where nothing is said', () => {
    expect(windowOf({}, NOW)).toEqual({ from: NOW - DAY_MS, to: NOW })
    const to = at('2026-11-01T00:00:00Z')
    expect(windowOf({ to }, NOW)).toEqual({ from: to.getTime() - DAY_MS, to: to.getTime() })
  })
})

test.each([
  [1, 'UTC', 'none'],
  [400, 'Europe/Berlin', 'none'],
  [0, 'UTC', 'BAD_USER_INPUT days must be from 1 to 400'],
  [401, 'UTC', 'BAD_USER_INPUT days must be from 1 to 400'],
  [7, 'Berlin', 'BAD_USER_INPUT timeZone must be an IANA time zone, such as Europe/Berlin'],
  [
    7,
    '2026-11-20T00:00Z',
    'BAD_USER_INPUT timeZone must be an IANA time zone, such as Europe/Berlin',
  ],
  [
    0,
    'Mars',
    'BAD_USER_INPUT days must be from 1 to 400; timeZone must be an IANA time zone, such as Europe/Berlin',
  ],
])('%d days in %s: %s', (days, timeZone, problem) => {
  expect(problemOf(() => checkDays(days, timeZone))).toBe(problem)
})

test.each([
  [1, 'none'],
  [500, 'none'],
  [0, 'BAD_USER_INPUT points must be from 1 to 500'],
  [501, 'BAD_USER_INPUT points must be from 1 to 500'],
])('%d points: %s', (points, problem) => {
  expect(problemOf(() => checkChart(points, {}, NOW))).toBe(problem)
})

test('all that is wrong with a chart is told at once', () => {
  expect(problemOf(() => checkChart(0, { from: at('2027-01-01T00:00:00Z') }, NOW))).toBe(
    'BAD_USER_INPUT from must be before `to`; points must be from 1 to 500',
  )
})

describe('the grid', () => {
  test('of the last six hours is as fine as asked, and read from checks', () => {
    expect(gridOf({ from: NOW - 6 * HOUR_MS, to: NOW }, 96, NOW)).toEqual({
      from: NOW - 6 * HOUR_MS,
      to: NOW,
      pointMs: 225_000,
      points: 96,
      source: 'CHECKS',
    })
  })

  test('of a millisecond more is made of whole hours, and read from rollups', () => {
    expect(gridOf({ from: NOW - 6 * HOUR_MS - 1, to: NOW }, 96, NOW)).toEqual({
      from: Date.parse('2026-11-20T06:00:00Z'),
      to: Date.parse('2026-11-20T13:00:00Z'),
      pointMs: HOUR_MS,
      points: 7,
      source: 'ROLLUPS',
    })
  })

  test.each([
    [25, '2026-11-19T12:00:00Z', 25, HOUR_MS],
    [24, '2026-11-19T13:00:00Z', 24, HOUR_MS],
    [23, '2026-11-19T12:00:00Z', 13, 2 * HOUR_MS],
    [12, '2026-11-19T13:00:00Z', 12, 2 * HOUR_MS],
  ])('of a day in %d points begins at %s', (most, from, points, pointMs) => {
    const window = { from: NOW - DAY_MS, to: NOW }
    expect(gridOf(window, most, NOW)).toMatchObject({ from: Date.parse(from), points, pointMs })
  })

  test('of a moment long ago is the hour it was in', () => {
    const from = Date.parse('2026-11-01T10:10:00Z')
    expect(gridOf({ from, to: from + 1 }, 60, NOW)).toMatchObject({
      from: Date.parse('2026-11-01T10:00:00Z'),
      points: 1,
    })
  })

  test('has at most as many points as asked', () => {
    const { pointMs, points } = gridOf({ from: NOW - 90 * DAY_MS, to: NOW }, 100, NOW)
    expect(pointMs).toBe(22 * HOUR_MS)
    expect(points).toBe(99)
  })

  test('of a moment still has a point', () => {
    expect(gridOf({ from: NOW - 1, to: NOW }, 500, NOW)).toMatchObject({ pointMs: 1, points: 1 })
  })
})

test('the hull of very many windows spans them all', () => {
  const windows = Array.from({ length: 200_000 }, (_, i) => ({ from: i, to: i + 2 }))
  expect(hullOf(windows)).toEqual({ from: 0, to: 200_001 })
})
