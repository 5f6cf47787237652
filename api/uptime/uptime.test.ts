import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { full } from '../../test/size.ts'
import type { Status } from '../monitors/timeline.ts'
import {
  floorRatio,
  lastDays,
  uptimeOf,
  uptimesOf,
  type History,
  type Interval,
  type Parts,
} from './uptime.ts'

const numRuns = full ? 10_000 : 300

const nothing: Parts = {
  upMs: 0,
  degradedMs: 0,
  downMs: 0,
  maintenanceMs: 0,
  pausedMs: 0,
  unknownMs: 0,
}

/** "UP@100 DOWN@200", made at 0. */
function history(words: string, maintenance: Interval[] = []): History {
  const transitions = words.split(' ').flatMap((word) => {
    const [to, at] = word.split('@')
    return at === undefined ? [] : [{ to: to as Status, at: Number(at) }]
  })
  return { createdAt: 0, transitions, maintenance }
}

const NOW = 1_000

type Row = [
  sentence: string,
  transitions: string,
  window: [from: number, to: number],
  parts: Partial<Parts>,
  ratio: number | null,
]

describe('a window', () => {
  const rows: Row[] = [
    ['without any transition is unknown', '', [0, 500], { unknownMs: 500 }, null],
    ['before the first vote is unknown', 'UP@100', [0, 500], { unknownMs: 100, upMs: 400 }, 1],
    ['inside one status is all of it', 'UP@100', [200, 500], { upMs: 300 }, 1],
    ['that ends as the outage begins has none of it', 'UP@0 DOWN@500', [0, 500], { upMs: 500 }, 1],
    [
      'that ends a millisecond later has that one',
      'UP@0 DOWN@500',
      [0, 501],
      { upMs: 500, downMs: 1 },
      500 / 501,
    ],
    [
      'that begins as the outage ends has none of it',
      'UP@0 DOWN@200 UP@500',
      [500, 600],
      { upMs: 100 },
      1,
    ],
    ['counts slow as up', 'UP@0 DEGRADED@100', [0, 400], { upMs: 100, degradedMs: 300 }, 1],
    [
      'counts an outage against it',
      'UP@0 DOWN@300 UP@400',
      [0, 400],
      { upMs: 300, downMs: 100 },
      0.75,
    ],
    [
      'leaves out what was not observed',
      'UP@0 UNKNOWN@100 DOWN@300',
      [0, 400],
      { upMs: 100, unknownMs: 200, downMs: 100 },
      0.5,
    ],
    ['leaves out a pause', 'UP@0 PAUSED@100', [0, 400], { upMs: 100, pausedMs: 300 }, 1],
    ['of nothing but a pause has no ratio', 'PAUSED@0', [0, 400], { pausedMs: 400 }, null],
    [
      'takes the last of two transitions at one instant',
      'UP@0 DOWN@100 DEGRADED@100',
      [0, 200],
      { upMs: 100, degradedMs: 100 },
      1,
    ],
    ['ends now', 'UP@0', [900, 2_000], { upMs: 100 }, 1],
    ['that lies in the future is empty', 'UP@0', [1_500, 2_000], {}, null],
  ]
  test.each(rows)('%s', (_, transitions, [from, to], parts, ratio) => {
    const uptime = uptimeOf(history(transitions), { from, to }, NOW)
    expect(uptime).toMatchObject({ ...nothing, ...parts, ratio })
  })

  test('has nothing before the monitor was made', () => {
    const made = { ...history('UP@300'), createdAt: 200 }
    expect(uptimeOf(made, { from: 0, to: 500 }, NOW)).toEqual({
      ...nothing,
      from: 200,
      to: 500,
      unknownMs: 100,
      upMs: 200,
      ratio: 1,
    })
    expect(uptimeOf(made, { from: 0, to: 100 }, NOW)).toEqual({
      ...nothing,
      from: 200,
      to: 200,
      ratio: null,
    })
  })
})

describe('maintenance', () => {
  const rows: [
    sentence: string,
    windows: [number, number][],
    transitions: string,
    parts: Partial<Parts>,
  ][] = [
    [
      'takes an outage out',
      [[100, 200]],
      'UP@0 DOWN@100 UP@200',
      { upMs: 300, maintenanceMs: 100 },
    ],
    [
      'leaves what outlives it',
      [[100, 200]],
      'UP@0 DOWN@150 UP@250',
      { upMs: 250, maintenanceMs: 100, downMs: 50 },
    ],
    ['covers what is up too', [[100, 200]], 'UP@0', { upMs: 300, maintenanceMs: 100 }],
    [
      'counts once where windows overlap or touch',
      [
        [100, 200],
        [150, 250],
        [250, 260],
      ],
      'UP@0',
      { upMs: 240, maintenanceMs: 160 },
    ],
    [
      '... or lie in each other',
      [
        [100, 300],
        [150, 200],
      ],
      'UP@0',
      { upMs: 200, maintenanceMs: 200 },
    ],
    [
      'does not count while paused',
      [[100, 300]],
      'UP@0 PAUSED@200',
      { upMs: 100, maintenanceMs: 100, pausedMs: 200 },
    ],
  ]
  test.each(rows)('%s', (_, windows, transitions, parts) => {
    const maintenance = windows.map(([from, to]) => ({ from, to }))
    const uptime = uptimeOf(history(transitions, maintenance), { from: 0, to: 400 }, NOW)
    expect(uptime).toMatchObject({ ...nothing, ...parts })
  })
})

describe('the ratio for showing', () => {
  test.each([
    ['all of it is 1', { upMs: 86_400_000 }, 1],
    ['a millisecond of outage in a year is not', { upMs: 31_535_999_999, downMs: 1 }, 0.9999],
    ['a tie is not rounded up', { upMs: 99_995, downMs: 5 }, 0.9999],
    ['29 of 100 stay 29 in spite of binary fractions', { upMs: 29, downMs: 71 }, 0.29],
    ['slow counts', { degradedMs: 1, downMs: 1 }, 0.5],
    ['nothing observed shows nothing', { unknownMs: 5 }, null],
  ])('%s', (_, parts, shown) => {
    expect(floorRatio({ ...nothing, ...parts }, 4)).toBe(shown)
  })
})

describe('days', () => {
  const hours = (from: number, to: number) => (to - from) / 3_600_000
  const rows: [sentence: string, zone: string, now: string, days: string[]][] = [
    ['in UTC', 'UTC', '2026-11-20T12:00:00Z', ['2026-11-19 24', '2026-11-20 24']],
    [
      'the last millisecond of a day is in it',
      'UTC',
      '2026-11-20T23:59:59.999Z',
      ['2026-11-19 24', '2026-11-20 24'],
    ],
    [
      'the first of the next is not',
      'UTC',
      '2026-11-21T00:00:00Z',
      ['2026-11-20 24', '2026-11-21 24'],
    ],
    [
      'spring in Berlin',
      'Europe/Berlin',
      '2026-03-29T12:00:00Z',
      ['2026-03-28 24', '2026-03-29 23'],
    ],
    [
      'autumn in Berlin',
      'Europe/Berlin',
      '2026-10-25T12:00:00Z',
      ['2026-10-24 24', '2026-10-25 25'],
    ],
    [
      'spring in New York',
      'America/New_York',
      '2026-03-09T03:59:00Z',
      ['2026-03-07 24', '2026-03-08 23'],
    ],
    [
      'autumn in New York',
      'America/New_York',
      '2026-11-01T20:00:00Z',
      ['2026-10-31 24', '2026-11-01 25'],
    ],
    [
      'half an hour on Lord Howe',
      'Australia/Lord_Howe',
      '2026-10-04T03:00:00Z',
      ['2026-10-03 24', '2026-10-04 23.5'],
    ],
    [
      'a day without a midnight in Cairo',
      'Africa/Cairo',
      '2026-04-24T12:00:00Z',
      ['2026-04-23 24', '2026-04-24 23'],
    ],
  ]
  test.each(rows)('%s', (_, zone, now, expected) => {
    const days = lastDays(2, zone, Date.parse(now))
    expect(days.map(({ date, from, to }) => `${date} ${hours(from, to)}`)).toEqual(expected)
  })

  test('spring day in Berlin begins at 23:00 UTC of the day before', () => {
    const [day] = lastDays(1, 'Europe/Berlin', Date.parse('2026-03-29T12:00:00Z'))
    expect(day?.from).toBe(Date.parse('2026-03-28T23:00:00Z'))
    expect(day?.to).toBe(Date.parse('2026-03-29T22:00:00Z'))
  })
})

describe('whatever happened', () => {
  const statuses: Status[] = [
    'PENDING',
    'UP',
    'DEGRADED',
    'DOWN',
    'UNKNOWN',
    'MAINTENANCE',
    'PAUSED',
  ]
  const instant = fc.integer({ min: 0, max: 10_000 })
  const interval = fc
    .tuple(instant, instant)
    .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
  const histories: fc.Arbitrary<History> = fc.record({
    createdAt: instant,
    transitions: fc
      .array(fc.record({ to: fc.constantFrom(...statuses), at: instant }), { maxLength: 30 })
      .map((transitions) => transitions.toSorted((a, b) => a.at - b.at)),
    maintenance: fc.array(interval, { maxLength: 5 }),
  })
  const cuts = fc
    .array(instant, { minLength: 2, maxLength: 12 })
    .map((at) => at.toSorted((a, b) => a - b))

  test('the parts sum to the window', () => {
    fc.assert(
      fc.property(histories, interval, instant, (past, window, nowMs) => {
        const uptime = uptimeOf(past, window, nowMs)
        expect(sum(uptime)).toBe(uptime.to - uptime.from)
        const existedMs = Math.min(window.to, nowMs) - Math.max(window.from, past.createdAt)
        expect(uptime.to - uptime.from).toBe(Math.max(0, existedMs))
      }),
      { numRuns },
    )
  })

  test('maintenance is what any of its windows cover, and was no pause', () => {
    fc.assert(
      fc.property(histories, interval, (past, window) => {
        const last = (at: number) => past.transitions.findLast((one) => one.at <= at)?.to
        let expectedMs = 0
        for (let at = Math.max(window.from, past.createdAt); at < window.to; at += 1) {
          const isCovered = past.maintenance.some(({ from, to }) => from <= at && at < to)
          if (last(at) === 'MAINTENANCE' || (isCovered && last(at) !== 'PAUSED')) expectedMs += 1
        }
        expect(uptimeOf(past, window, 10_000).maintenanceMs).toBe(expectedMs)
      }),
      { numRuns: 25 },
    )
  })

  test('adjacent windows add up, one by one and in one pass', () => {
    fc.assert(
      fc.property(histories, cuts, instant, (past, at, nowMs) => {
        const windows = at.slice(1).map((to, i) => ({ from: at[i]!, to }))
        const each = windows.map((window) => uptimeOf(past, window, nowMs))
        expect(uptimesOf(past, windows, nowMs)).toEqual(each)
        const whole = uptimeOf(past, { from: at[0]!, to: at.at(-1)! }, nowMs)
        expect(each.reduce(add, nothing)).toEqual(add(whole, nothing))
      }),
      { numRuns },
    )
  })

  test('what lies before the last transition ahead of the window does not matter', () => {
    fc.assert(
      fc.property(histories, interval, (past, window) => {
        const last = past.transitions.findLastIndex(({ at }) => at <= window.from)
        const recent = { ...past, transitions: past.transitions.slice(Math.max(last, 0)) }
        expect(uptimeOf(recent, window, 10_000)).toEqual(uptimeOf(past, window, 10_000))
      }),
      { numRuns },
    )
  })
})

function add(a: Parts, b: Parts): Parts {
  const names = Object.keys(nothing) as (keyof Parts)[]
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as Parts
}

function sum(parts: Parts): number {
  const { upMs, degradedMs, downMs, maintenanceMs, pausedMs, unknownMs } = parts
  return upMs + degradedMs + downMs + maintenanceMs + pausedMs + unknownMs
}
