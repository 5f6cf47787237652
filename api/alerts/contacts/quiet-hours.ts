import { z } from 'zod'

/** Between two times of day, in minutes after midnight; `to` may lie on the next day. */
export type QuietHours = { from: number; to: number }

/** Where they are. */
export type Quiet = { timeZone: string; hours: QuietHours }

const MINUTES_OF_HOUR = 60

const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as 22:00')
  .transform(parseTime)

export const quietHoursRules = z
  .object({ from: timeOfDay, to: timeOfDay })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must differ from `from`' })

/** As a caller says them: times of day such as `22:00`. */
export function formatQuietHours({ from, to }: QuietHours): { from: string; to: string } {
  return { from: formatTime(from), to: formatTime(to) }
}

/**
 * When the quiet hours that hold at `at` are over, in epoch milliseconds; null where none hold. A time that
 * the clocks skip counts as the one just after, and of a time that comes twice the first is meant.
 */
export function quietUntil({ timeZone, hours }: Quiet, at: number): number | null {
  // The database tells the time to the microsecond.
  const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(timeZone)
  // Those that hold now began today or, over midnight, yesterday.
  for (const day of [today.toPlainDate().subtract({ days: 1 }), today.toPlainDate()]) {
    const [from, to] = spanOn(day, timeZone, hours)
    if (from <= at && at < to) return to
  }
  return null
}

/** The quiet hours that begin on this day, `[from, to)`. */
function spanOn(
  day: Temporal.PlainDate,
  timeZone: string,
  { from, to }: QuietHours,
): [number, number] {
  const endsOn = to > from ? day : day.add({ days: 1 })
  return [instantOf(day, timeZone, from), instantOf(endsOn, timeZone, to)]
}

function instantOf(day: Temporal.PlainDate, timeZone: string, minutes: number): number {
  const plainTime = Temporal.PlainTime.from(formatTime(minutes))
  return day.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds
}

function formatTime(minutes: number): string {
  const parts = [Math.floor(minutes / MINUTES_OF_HOUR), minutes % MINUTES_OF_HOUR]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

function parseTime(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * MINUTES_OF_HOUR + minutes
}
