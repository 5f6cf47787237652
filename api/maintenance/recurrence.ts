import { RRuleTemporal } from 'rrule-temporal'
import type { Interval } from '../uptime/uptime.ts'

/** When work is done: once, or by a rule; the duration is time that passes, whatever the clocks do. */
export type Schedule = {
  timeZone: string
  /** Wall clock of the first start: `2026-11-20T02:30`. */
  startsAt: string
  durationMinutes: number
  /** RFC 5545, read in wall clock; null: once. */
  rrule: string | null
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** What a rule may yield within SPANNED_DAYS: five a day. */
export const MAX_STARTS = 300
export const SPANNED_DAYS = 60
/** A rule is tried for so long from its first start on; it covers what comes once a year. */
const TRIED_DAYS = 400
const MAX_RULE_LENGTH = 500
const FIRST_YEAR = 2020
const LAST_YEAR = 2099
/** 27 years of days: a rule that takes longer to find its starts gives up, after a tenth of a second or two. */
const MAX_PERIODS = 10_000

const WEEKDAY = '(MO|TU|WE|TH|FR|SA|SU)'
const NUMBERS = /^-?\d{1,3}(,-?\d{1,3})*$/

/** The parts that a rule may have. The start says the minutes, and what happens every hour is no maintenance. */
const PARTS: Record<string, RegExp> = {
  FREQ: /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/,
  INTERVAL: /^[1-9]\d{0,2}$/,
  COUNT: /^[1-9]\d{0,2}$/,
  UNTIL: /^\d{8}(T\d{6}Z?)?$/,
  BYDAY: new RegExp(`^([+-]?\\d{1,2})?${WEEKDAY}(,([+-]?\\d{1,2})?${WEEKDAY})*$`),
  BYMONTHDAY: NUMBERS,
  BYYEARDAY: NUMBERS,
  BYWEEKNO: NUMBERS,
  BYMONTH: NUMBERS,
  BYSETPOS: NUMBERS,
  BYHOUR: NUMBERS,
  WKST: new RegExp(`^${WEEKDAY}$`),
}

/** The starts within an interval, in order; epoch milliseconds. */
export function startsWithin(schedule: Schedule, { from, to }: Interval): number[] {
  // By the wall clock a day more: no zone is further than that from UTC.
  const walls = wallStarts(schedule, from - DAY_MS, to + DAY_MS)
  const starts = new Set(walls.map((wall) => instantOf(wall, schedule.timeZone)))
  return [...starts].filter((at) => at >= from && at < to)
}

/** The rule that a wall clock breaks, or null. */
export function ruleOfWallClock(text: string): string | null {
  const rule = `must be a wall clock from ${FIRST_YEAR} to ${LAST_YEAR}, such as 2026-11-20T02:30`
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return rule
  try {
    const { year } = Temporal.PlainDateTime.from(text, { overflow: 'reject' })
    return year < FIRST_YEAR || year > LAST_YEAR ? rule : null
  } catch {
    return rule
  }
}

/** The rule that a recurrence rule breaks by itself, or null. */
export function ruleOfRecurrence(text: string): string | null {
  if (text.length > MAX_RULE_LENGTH) return `must be at most ${MAX_RULE_LENGTH} characters`
  const rule = 'must be a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=SA'
  const parts = text.split(';').map((part) => part.split('=') as [name: string, value?: string])
  for (const [name, value = ''] of parts) {
    const form = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined
    if (!form) return `${rule}; of its parts ${Object.keys(PARTS).join(', ')} are taken`
    if (!form.test(value)) return `${rule}: ${name} cannot be ${value || 'empty'}`
  }
  const names = new Set(parts.map(([name]) => name))
  if (names.size < parts.length) return `${rule}, with each part once`
  if (names.has('COUNT') && names.has('UNTIL')) return 'must end by COUNT or by UNTIL, not by both'
  return isReadable(text) ? null : rule
}

/** What is wrong with all that a schedule yields, or null. Each field by itself is right. */
export function yieldIssue(schedule: Schedule): string | null {
  if (schedule.rrule === null) return null
  const walls = triedStarts(schedule)
  if (walls === null) return `must yield its starts within ${MAX_PERIODS} steps`
  const [first] = walls
  if (first === undefined) return `must yield a start within ${TRIED_DAYS} days of startsAt`
  const near = walls.filter((at) => at < first + SPANNED_DAYS * DAY_MS)
  if (near.length > MAX_STARTS) {
    return `must yield at most ${MAX_STARTS} starts in ${SPANNED_DAYS} days`
  }
  const durationMs = schedule.durationMinutes * MINUTE_MS
  const overlaps = walls.some((at, i) => i > 0 && at - walls[i - 1]! < durationMs)
  return overlaps ? 'must not yield a start before the window that began before it has ended' : null
}

function isReadable(rrule: string): boolean {
  try {
    openRule({ rrule, startsAt: '2026-01-01T00:00', timeZone: 'UTC' })
    return true
  } catch {
    return false
  }
}

/** By the wall clock, as if it were UTC; null where they are not found in time. */
function triedStarts(schedule: Schedule): number[] | null {
  const startsAt = wallMs(Temporal.PlainDateTime.from(schedule.startsAt))
  try {
    return wallStarts(schedule, startsAt, startsAt + TRIED_DAYS * DAY_MS).map(wallMs)
  } catch {
    return null
  }
}

function wallStarts(schedule: Schedule, from: number, to: number): Temporal.PlainDateTime[] {
  const { rrule, startsAt } = schedule
  if (rrule === null) return [Temporal.PlainDateTime.from(startsAt)]
  const starts = openRule({ ...schedule, rrule }).between(new Date(from), new Date(to), true)
  return starts.map((start) => Temporal.PlainDateTime.from(start.toPlainDateTime().toString()))
}

/**
 * Reads the rule by the wall clock, as if it were UTC: RFC 5545 would drop a start that the clocks jump
 * over, and work that was announced for that night is done all the same.
 */
function openRule({
  rrule,
  startsAt,
  timeZone,
}: Omit<Schedule, 'durationMinutes' | 'rrule'> & { rrule: string }) {
  return new RRuleTemporal({
    rruleString: rrule.replace(/(?<=UNTIL=)\d{8}T\d{6}Z?/, (until) => wallUntil(until, timeZone)),
    dtstart: Temporal.PlainDateTime.from(startsAt).toZonedDateTime('UTC'),
    maxIterations: MAX_PERIODS,
  })
}

/** An instant as the wall clock shows it. */
function wallUntil(until: string, timeZone: string): string {
  if (!until.endsWith('Z')) return `${until}Z`
  const wall = Temporal.Instant.from(until).toZonedDateTimeISO(timeZone).toPlainDateTime()
  return `${wall.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')}Z`
}

/** What the clocks jump over comes as much later as they jump; of what they show twice it is the first. */
function instantOf(wall: Temporal.PlainDateTime, timeZone: string): number {
  return wall.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds
}

function wallMs(wall: Temporal.PlainDateTime): number {
  return wall.toZonedDateTime('UTC').epochMilliseconds
}
