import { describe, expect, it } from 'vitest'
import { formatQuietHours, quietHoursRules, quietUntil } from './quiet-hours.ts'

const at = (text: string) => Date.parse(text)
const night = { from: 22 * 60, to: 7 * 60 }
const lunch = { from: 12 * 60, to: 13 * 60 }

describe('quietUntil', () => {
  it.each([
    ['a minute before they begin', 'Europe/Paris', night, '2026-11-20T20:59:59.999Z', null],
    ['as they begin', 'Europe/Paris', night, '2026-11-20T21:00:00Z', '2026-11-21T06:00:00Z'],
    ['after midnight', 'Europe/Paris', night, '2026-11-21T02:00:00Z', '2026-11-21T06:00:00Z'],
    ['in their last moment', 'Europe/Paris', night, '2026-11-21T05:59:59Z', '2026-11-21T06:00:00Z'],
    ['as they end', 'Europe/Paris', night, '2026-11-21T06:00:00Z', null],
    ['by day', 'UTC', lunch, '2026-11-20T12:30:00Z', '2026-11-20T13:00:00Z'],
    ['after those of the day', 'UTC', lunch, '2026-11-20T13:00:00Z', null],
    ['elsewhere', 'America/New_York', night, '2026-11-20T12:00:00Z', null],
    [
      'in the night that loses an hour',
      'Europe/Paris',
      night,
      '2026-03-28T23:00:00Z',
      '2026-03-29T05:00:00Z',
    ],
    [
      'in the night that gains one',
      'America/New_York',
      night,
      '2026-11-01T03:00:00Z',
      '2026-11-01T12:00:00Z',
    ],
    [
      'until a time that is skipped',
      'Europe/Paris',
      { from: 60, to: 150 },
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:30:00Z',
    ],
    [
      'until the first of a time that comes twice',
      'Europe/Paris',
      { from: 60, to: 150 },
      '2026-10-25T00:29:59Z',
      '2026-10-25T00:30:00Z',
    ],
  ])('%s (%s)', (_when, timeZone, hours, now, until) => {
    expect(quietUntil({ timeZone, hours }, at(now))).toBe(until && at(until))
  })

  it('asks for no whole milliseconds', () => {
    const [just, ends] = [at('2026-11-21T06:59:59.999Z'), at('2026-11-21T07:00:00Z')]
    expect(quietUntil({ timeZone: 'UTC', hours: night }, just + 0.5)).toBe(ends)
    expect(quietUntil({ timeZone: 'UTC', hours: night }, ends + 0.5)).toBeNull()
  })
})

it.each([
  ['00:00', '23:59', 0, 1439],
  ['22:00', '07:05', 1320, 425],
])('takes %s to %s as minutes, and shows them so', (from, to, fromMinutes, toMinutes) => {
  expect(quietHoursRules.parse({ from, to })).toEqual({ from: fromMinutes, to: toMinutes })
  expect(formatQuietHours({ from: fromMinutes, to: toMinutes })).toEqual({ from, to })
})

it.each([
  ['24:00', '07:00', 'must be a time of day, such as 22:00'],
  ['7:00', '08:00', 'must be a time of day, such as 22:00'],
  ['22:60', '08:00', 'must be a time of day, such as 22:00'],
  ['22:00', '22:00', 'must differ from `from`'],
])('refuses %s to %s', (from, to, message) => {
  expect(quietHoursRules.safeParse({ from, to }).error?.issues[0]?.message).toBe(message)
})
