import type { Status } from '../../monitors/timeline.ts'
import type { Interval } from '../../uptime/uptime.ts'
import { type Schedule, startsWithin } from '../recurrence.ts'

const MINUTE_MS = 60_000

/** One occurrence of a window, as instants in epoch milliseconds. */
export type Span = { windowId: string; startsAt: number; endsAt: number; isActive: boolean }

/** The monitors of a workspace that are being worked on: all of them, or these. */
export type Maintained = { isForAll: boolean; monitorIds: ReadonlySet<string> }

/** The occurrences that begin within an interval. */
export function spansWithin(schedule: Schedule, interval: Interval): Interval[] {
  const durationMs = schedule.durationMinutes * MINUTE_MS
  return startsWithin(schedule, interval).map((from) => ({ from, to: from + durationMs }))
}

/** Work goes over everything but a pause, as in the uptime. */
export function shownStatus(
  { id, status }: { id: string; status: Status },
  { isForAll, monitorIds }: Maintained,
): Status {
  if (status === 'PAUSED') return status
  return isForAll || monitorIds.has(id) ? 'MAINTENANCE' : status
}
