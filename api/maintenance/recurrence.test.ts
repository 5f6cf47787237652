import { describe, expect, it } from 'vitest'
import { ruleOfRecurrence, ruleOfWallClock, type Schedule, yieldIssue } from './recurrence.ts'
import { spansWithin } from './spans/span.ts'

const HOUR_MS = 3_600_000
const paris = 'Europe/Paris'
const newYork = 'America/New_York'

/** `from UTC → to UTC, hours that pass`, of a stretch around a night in which clocks change. */
function spans(schedule: Schedule, from: string, to: string): string[] {
  const window = { from: Date.parse(`${from}T00:00Z`), to: Date.parse(`${to}T00:00Z`) }
  return spansWithin(schedule, window).map((span) => {
    const [starts, ends] = [span.from, span.to].map((at) => new Date(at).toISOString().slice(5, 16))
    return `${starts} → ${ends}, ${(span.to - span.from) / HOUR_MS} h`
  })
}

/** As a person there reads it off the wall. */
function walls(schedule: Schedule, from: string, to: string): string[] {
  const window = { from: Date.parse(`${from}T00:00Z`), to: Date.parse(`${to}T00:00Z`) }
  return spansWithin(schedule, window).map((span) => {
    const [starts, ends] = [span.from, span.to].map((at) =>
      Temporal.Instant.fromEpochMilliseconds(at)
        .toZonedDateTimeISO(schedule.timeZone)
        .toPlainDateTime()
        .toString()
        .slice(5, 16),
    )
    return `${starts} → ${ends}`
  })
}

const plan = (
  timeZone: string,
  startsAt: string,
  hours: number,
  rrule: string | null,
): Schedule => ({ timeZone, startsAt, durationMinutes: hours * 60, rrule })

describe('once, in a night in which clocks change, lasts as long as it is said to', () => {
  it.each<[string, Schedule, string]>([
    [
      'Paris in spring, before the jump',
      plan(paris, '2026-03-29T00:30', 1, null),
      '03-28T23:30 → 03-29T00:30, 1 h',
    ],
    [
      'Paris in spring, at 02:00, which is 03:00',
      plan(paris, '2026-03-29T02:00', 1, null),
      '03-29T01:00 → 03-29T02:00, 1 h',
    ],
    [
      'Paris in spring, at 02:30, which there is not: an hour later, at 03:30',
      plan(paris, '2026-03-29T02:30', 1, null),
      '03-29T01:30 → 03-29T02:30, 1 h',
    ],
    [
      'Paris in spring, across the jump: three hours, from 01:00 to 05:00',
      plan(paris, '2026-03-29T01:00', 3, null),
      '03-29T00:00 → 03-29T03:00, 3 h',
    ],
    [
      'Paris in spring, across midnight and the jump',
      plan(paris, '2026-03-28T23:00', 4, null),
      '03-28T22:00 → 03-29T02:00, 4 h',
    ],
    [
      'Paris in autumn, at 02:30, which there is twice: the first',
      plan(paris, '2026-10-25T02:30', 1, null),
      '10-25T00:30 → 10-25T01:30, 1 h',
    ],
    [
      'Paris in autumn, across the change: three hours, from 01:00 to 03:00',
      plan(paris, '2026-10-25T01:00', 3, null),
      '10-24T23:00 → 10-25T02:00, 3 h',
    ],
    [
      'New York in spring, at 02:30, which there is not',
      plan(newYork, '2026-03-08T02:30', 1, null),
      '03-08T07:30 → 03-08T08:30, 1 h',
    ],
    [
      'New York in spring, across midnight and the jump',
      plan(newYork, '2026-03-07T23:30', 4, null),
      '03-08T04:30 → 03-08T08:30, 4 h',
    ],
    [
      'New York in autumn, at 01:30, which there is twice: the first',
      plan(newYork, '2026-11-01T01:30', 1, null),
      '11-01T05:30 → 11-01T06:30, 1 h',
    ],
    [
      'New York in autumn, across midnight and the change',
      plan(newYork, '2026-10-31T23:00', 4, null),
      '11-01T03:00 → 11-01T07:00, 4 h',
    ],
  ])('%s', (_, schedule, expected) => {
    const window = { from: -Infinity, to: Infinity }
    expect(spansWithin(schedule, window)).toHaveLength(1)
    expect(spans(schedule, '2026-01-01', '2027-01-01')).toEqual([expected])
  })
})

describe('what recurs keeps to the wall clock across both changes', () => {
  it.each<[string, Schedule, [string, string], string[]]>([
    [
      'daily at 02:30 in Paris, spring: moved to 03:30 for the one night',
      plan(paris, '2026-01-01T02:30', 1, 'FREQ=DAILY'),
      ['2026-03-28', '2026-03-31'],
      ['03-28T02:30 → 03-28T03:30', '03-29T03:30 → 03-29T04:30', '03-30T02:30 → 03-30T03:30'],
    ],
    [
      'daily at 02:30 in Paris, autumn: once in that night, two hours that pass',
      plan(paris, '2026-01-01T02:30', 2, 'FREQ=DAILY'),
      ['2026-10-24', '2026-10-27'],
      ['10-24T02:30 → 10-24T04:30', '10-25T02:30 → 10-25T03:30', '10-26T02:30 → 10-26T04:30'],
    ],
    [
      'daily at 02:30 in New York, spring',
      plan(newYork, '2026-01-01T02:30', 1, 'FREQ=DAILY'),
      ['2026-03-07', '2026-03-10'],
      ['03-07T02:30 → 03-07T03:30', '03-08T03:30 → 03-08T04:30', '03-09T02:30 → 03-09T03:30'],
    ],
    [
      'daily at 01:30 in New York, autumn',
      plan(newYork, '2026-01-01T01:30', 2, 'FREQ=DAILY'),
      ['2026-10-31', '2026-11-03'],
      ['10-31T01:30 → 10-31T03:30', '11-01T01:30 → 11-01T02:30', '11-02T01:30 → 11-02T03:30'],
    ],
    [
      'all day long in Paris, spring: into the next day by an hour',
      plan(paris, '2026-01-01T00:00', 24, 'FREQ=DAILY'),
      ['2026-03-28', '2026-03-31'],
      ['03-29T00:00 → 03-30T01:00', '03-30T00:00 → 03-31T00:00', '03-31T00:00 → 04-01T00:00'],
    ],
    [
      'on Sundays at 02:30 in Paris, spring',
      plan(paris, '2026-01-01T02:30', 1, 'FREQ=WEEKLY;BYDAY=SU'),
      ['2026-03-20', '2026-04-07'],
      ['03-22T02:30 → 03-22T03:30', '03-29T03:30 → 03-29T04:30', '04-05T02:30 → 04-05T03:30'],
    ],
    [
      'on Saturdays across midnight in Paris, autumn',
      plan(paris, '2026-01-01T22:00', 6, 'FREQ=WEEKLY;BYDAY=SA'),
      ['2026-10-16', '2026-11-02'],
      ['10-17T22:00 → 10-18T04:00', '10-24T22:00 → 10-25T03:00', '10-31T22:00 → 11-01T04:00'],
    ],
    [
      'every other Sunday at 02:30 in New York, spring',
      plan(newYork, '2026-02-22T02:30', 1, 'FREQ=WEEKLY;INTERVAL=2'),
      ['2026-02-20', '2026-03-25'],
      ['02-22T02:30 → 02-22T03:30', '03-08T03:30 → 03-08T04:30', '03-22T02:30 → 03-22T03:30'],
    ],
    [
      'on the last Sunday of the month at 02:30 in Paris: both changes',
      plan(paris, '2026-03-01T02:30', 1, 'FREQ=MONTHLY;BYDAY=-1SU;BYMONTH=3,4,10'),
      ['2026-03-01', '2026-12-01'],
      ['03-29T03:30 → 03-29T04:30', '04-26T02:30 → 04-26T03:30', '10-25T02:30 → 10-25T02:30'],
    ],
    [
      'on the last Saturday of the month in New York, across the change',
      plan(newYork, '2026-01-01T23:00', 4, 'FREQ=MONTHLY;BYDAY=SA;BYSETPOS=-1;BYMONTH=9,10'),
      ['2026-09-01', '2026-12-01'],
      ['09-26T23:00 → 09-27T03:00', '10-31T23:00 → 11-01T02:00'],
    ],
    [
      'on the 31st, where a month has one',
      plan(paris, '2026-01-31T12:00', 1, 'FREQ=MONTHLY'),
      ['2026-01-01', '2026-06-01'],
      ['01-31T12:00 → 01-31T13:00', '03-31T12:00 → 03-31T13:00', '05-31T12:00 → 05-31T13:00'],
    ],
  ])('%s', (_, schedule, [from, to], expected) => {
    expect(walls(schedule, from, to)).toEqual(expected)
  })

  it('is the same reckoned at once and in pieces', () => {
    const schedule = plan(paris, '2026-01-01T02:30', 1, 'FREQ=DAILY;BYHOUR=2,14')
    const pieces = ['2026-03-01', '2026-03-29', '2026-03-30', '2026-10-25', '2026-12-01']
    const each = pieces.slice(1).flatMap((to, i) => spans(schedule, pieces[i]!, to))
    expect(each).toEqual(spans(schedule, '2026-03-01', '2026-12-01'))
    expect(each).toHaveLength(550)
  })
})

describe('an end', () => {
  it.each([
    ['after three times', 'FREQ=DAILY;COUNT=3', 3],
    ['at an instant, which is the last start itself', 'FREQ=DAILY;UNTIL=20260331T003000Z', 3],
    ['at an instant, a second before the last start', 'FREQ=DAILY;UNTIL=20260331T002959Z', 2],
    ['at a wall clock', 'FREQ=DAILY;UNTIL=20260331T023000', 3],
    ['on a day, which is included', 'FREQ=DAILY;UNTIL=20260331', 3],
  ])('%s', (_, rrule, times) => {
    const schedule = plan(paris, '2026-03-29T02:30', 1, rrule)
    expect(spans(schedule, '2026-03-01', '2026-05-01')).toHaveLength(times)
  })
})

describe('is refused', () => {
  it.each([
    ['', 'must be a rule of RFC 5545'],
    ['every Tuesday', 'must be a rule of RFC 5545'],
    ['FREQ=HOURLY', 'FREQ cannot be HOURLY'],
    ['FREQ=WEEKLY;BYDAY=XX', 'BYDAY cannot be XX'],
    ['FREQ=WEEKLY;BYMINUTE=5', 'are taken'],
    ['FREQ=WEEKLY;constructor=5', 'are taken'],
    ['FREQ=WEEKLY;INTERVAL=0', 'INTERVAL cannot be 0'],
    ['FREQ=WEEKLY;COUNT=2;UNTIL=20261231', 'not by both'],
    ['FREQ=WEEKLY;BYDAY=MO;BYDAY=TU', 'with each part once'],
    ['FREQ=WEEKLY;UNTIL=20261399T000000Z', 'must be a rule of RFC 5545'],
    [`FREQ=YEARLY;BYYEARDAY=${'1,'.repeat(300)}1`, 'must be at most 500 characters'],
  ])('the rule %s', (rrule, message) => {
    expect(ruleOfRecurrence(rrule)).toContain(message)
  })

  it.each([
    '2026-11-20',
    '2026-02-30T02:30',
    '2026-11-20T24:30',
    '2019-12-31T23:59',
    '2026-11-20T02:30Z',
  ])('the wall clock %s', (text) => {
    expect(ruleOfWallClock(text)).toContain('must be a wall clock')
  })

  it.each<[string, number, string, string | null]>([
    ['a day before it ended, to the minute', 24, 'FREQ=DAILY', null],
    ['before it ended, by an hour', 25, 'FREQ=DAILY', 'must not yield a start before'],
    [
      'on two days that overlap once a year',
      48,
      'FREQ=YEARLY;BYMONTHDAY=1,2;BYMONTH=12',
      'must not',
    ],
    ['five times a day', 1, 'FREQ=DAILY;BYHOUR=1,2,3,4,5', null],
    [
      'six times a day',
      1,
      'FREQ=DAILY;BYHOUR=1,2,3,4,5,6',
      'must yield at most 300 starts in 60 days',
    ],
    ['never', 1, 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'must yield a start within 400 days'],
    ['once', 1, 'FREQ=DAILY;COUNT=1', null],
  ])('what begins again %s', (_, hours, rrule, message) => {
    const issue = yieldIssue(plan(paris, '2026-01-01T00:00', hours, rrule))
    if (message === null) expect(issue).toBeNull()
    else expect(issue).toContain(message)
  })
})
