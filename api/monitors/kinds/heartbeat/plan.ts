import { Cron } from 'croner'
import { invariant } from '../../../../core/invariant.ts'

const DAY_MS = 86_400_000
/** A year and a month: what runs more seldom is no heartbeat. */
const LONGEST_PAUSE_MS = 397 * DAY_MS
export const LONGEST_PAUSE_SECONDS = LONGEST_PAUSE_MS / 1000
const MAX_CRON_LENGTH = 200

/** When a job is to call: every so many seconds, or by a cron expression in a time zone; and how late it may be. */
export type HeartbeatPlan = {
  periodSeconds: number | null
  cron: string | null
  timeZone: string | null
  graceSeconds: number
}

/** The runs of five fields, minutes first (croner's dialect), in an IANA time zone. */
export type CronPlan = { cron: string; timeZone: string }

/** Throws for what `cronRule` refuses. */
export function openCron({ cron, timeZone }: CronPlan): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-part' })
}

/** The rule that an expression breaks, or null. */
export function cronRule(text: string): string | null {
  if (text.length > MAX_CRON_LENGTH) return `must be at most ${MAX_CRON_LENGTH} characters`
  const rule = 'must have five fields, such as 30 2 * * 1-5 for half past two on weekdays'
  // Croner takes a date for a cron expression too.
  if (!/^(@\w+|\S+(\s+\S+){4})$/.test(text)) return rule
  try {
    openCron({ cron: text, timeZone: 'UTC' })
    return null
  } catch {
    return rule
  }
}

/** The rule that the name of a time zone breaks, or null. Offsets are none: they know of no daylight saving. */
export function timeZoneRule(timeZone: string): string | null {
  const rule = 'must be the name of a time zone such as Europe/Berlin'
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone })
    return /^[+-]/.test(format.resolvedOptions().timeZone) ? rule : null
  } catch {
    return rule
  }
}

/** The first run after `afterMs`, epoch milliseconds; one period later where there is no cron expression. */
export function nextRunAt(plan: HeartbeatPlan, afterMs: number): number {
  if (plan.cron === null || plan.timeZone === null) {
    return afterMs + (plan.periodSeconds ?? LONGEST_PAUSE_SECONDS) * 1000
  }
  const next = nextRun(openCron({ cron: plan.cron, timeZone: plan.timeZone }), afterMs)
  invariant(next !== null, 'a plan without runs is refused when it is given')
  return next
}

/** The longest pause between two runs from `fromMs` on; null if it is longer than a heartbeat may be. */
export function longestPauseSeconds(plan: HeartbeatPlan, fromMs: number): number | null {
  if (plan.cron === null || plan.timeZone === null) return plan.periodSeconds
  const cron = openCron({ cron: plan.cron, timeZone: plan.timeZone })
  const overDays = longestPauseOverDays(cron, fromMs)
  if (overDays === null || overDays > LONGEST_PAUSE_MS) return null
  const isWithinADay = overDays <= DAY_MS
  return Math.max(overDays, isWithinADay ? longestPauseInADay(cron, fromMs) : 0) / 1000
}

/** Looks once a day whether there is a run, and for the ends of the pause where there is none. */
function longestPauseOverDays(cron: Cron, fromMs: number): number | null {
  let longestMs = 0
  for (let at = fromMs; at < fromMs + LONGEST_PAUSE_MS;) {
    const dayLater = at + DAY_MS
    const next = nextRun(cron, dayLater - 1)
    if (next === null || next - at > LONGEST_PAUSE_MS) return null
    if (next > dayLater) longestMs = Math.max(longestMs, next - (lastRunBefore(cron, next) ?? at))
    at = next
  }
  return longestMs
}

function longestPauseInADay(cron: Cron, fromMs: number): number {
  let longestMs = 0
  let at = lastRunBefore(cron, fromMs)
  while (at !== null && at < fromMs + DAY_MS) {
    const next = nextRun(cron, at)
    if (next !== null) longestMs = Math.max(longestMs, next - at)
    at = next
  }
  return longestMs
}

function nextRun(cron: Cron, afterMs: number): number | null {
  return cron.nextRun(new Date(afterMs))?.getTime() ?? null
}

function lastRunBefore(cron: Cron, atMs: number): number | null {
  return cron.previousRuns(1, new Date(atMs))[0]?.getTime() ?? null
}
