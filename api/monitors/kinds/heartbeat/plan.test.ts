import { describe, expect, it } from 'vitest'
import { cronRule, longestPauseSeconds, timeZoneRule } from './plan.ts'

const HOUR = 3_600
const DAY = 24 * HOUR
const fromMs = Date.parse('2026-11-20T08:00:00Z')

describe('the longest pause', () => {
  it.each<[string, string, string, number | null]>([
    ['every minute', '* * * * *', 'UTC', 60],
    [
      'every five minutes, through both nights on which clocks turn',
      '*/5 * * * *',
      'Europe/Berlin',
      300,
    ],
    ['every day at a fixed time of UTC', '30 2 * * *', 'UTC', DAY],
    ['every day where autumn has a day of 25 hours', '30 2 * * *', 'Europe/Berlin', 25 * HOUR],
    ['office hours: over the night', '0 9-17 * * *', 'UTC', 16 * HOUR],
    ['office hours on weekdays: over the weekend', '* 9-17 * * 1-5', 'UTC', 64 * HOUR - 59 * 60],
    ['the last day of the month', '0 0 L * *', 'UTC', 31 * DAY],
    ['half of the year, every minute', '* * * 1-6 *', 'UTC', 184 * DAY + 60],
    ['once a year', '@yearly', 'UTC', 365 * DAY],
    ['on leap days: too seldom', '0 0 29 2 *', 'UTC', null],
    ['never', '0 0 31 2 *', 'UTC', null],
  ])('of %s', (_, cron, timeZone, seconds) => {
    const plan = { periodSeconds: null, cron, timeZone, graceSeconds: 60 }
    expect(longestPauseSeconds(plan, fromMs)).toBe(seconds)
  })

  it('of a period is the period', () => {
    const plan = { periodSeconds: 600, cron: null, timeZone: null, graceSeconds: 60 }
    expect(longestPauseSeconds(plan, fromMs)).toBe(600)
  })
})

it.each(['30 2 * * 1-5', '@daily', '*/10 8-18 * JAN-MAR MON#1'])(
  '%s is a cron expression',
  (text) => {
    expect(cronRule(text)).toBeNull()
  },
)

it.each(['', '* * * *', '* * * * * *', '61 * * * *', 'every day', '2026-11-20T08:00:00Z'])(
  '%j is none',
  (text) => {
    expect(cronRule(text)).toContain('must have five fields')
  },
)

it.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires'])('%s is a time zone', (name) => {
  expect(timeZoneRule(name)).toBeNull()
})

it.each(['', 'Moon', '+02:00', '-05:00', 'Europe'])('%j is none', (name) => {
  expect(timeZoneRule(name)).toContain('must be the name of a time zone')
})
