/** A failure or recovery that is not yet confirmed is looked at again this often. */
export const RECHECK_MS = 5_000

/** A re-check never starts sooner than this after the decision that asks for it. */
const MIN_PAUSE_MS = 1_000

export type Schedule = { monitorId: string; intervalSeconds: number }

/** One planned or past run: attempt 0 is the slot itself, 1 and up are its re-checks. */
export type Run = { slotAt: number; attempt: number }

/** Offset of a monitor's slots in its interval, milliseconds: from the random tail of its UUIDv7, so that load is spread and a restart shifts nothing. */
export function slotPhaseMs(monitorId: string, intervalSeconds: number): number {
  return Number.parseInt(monitorId.slice(-12), 16) % (intervalSeconds * 1000)
}

/** The first slot (phase + n × interval, epoch milliseconds) that is not before `atMs`. */
export function slotAtOrAfter(schedule: Schedule, atMs: number): number {
  const intervalMs = schedule.intervalSeconds * 1000
  const phaseMs = slotPhaseMs(schedule.monitorId, schedule.intervalSeconds)
  return phaseMs + Math.ceil((atMs - phaseMs) / intervalMs) * intervalMs
}

/** A run about to start: the one planned, or the latest slot where the planned one was slept through. */
export function currentRun(schedule: Schedule, planned: Run, nowMs: number): Run {
  const intervalMs = schedule.intervalSeconds * 1000
  if (nowMs - planned.slotAt < intervalMs) return planned
  return { slotAt: slotAtOrAfter(schedule, nowMs - intervalMs + 1), attempt: 0 }
}

/** What to run after `last`: the next slot, or before it a re-check while in suspense. Slots slept through are skipped, never caught up. */
export function nextRun(
  schedule: Schedule,
  last: Run,
  inSuspense: boolean,
  nowMs: number,
): Run & { runAt: number } {
  const known = isAhead(schedule, last, nowMs) ? { slotAt: -Infinity, attempt: 0 } : last
  const slotAt = slotAtOrAfter(schedule, Math.max(known.slotAt + 1, nowMs))
  const recheck = inSuspense ? recheckBefore(slotAt, schedule, known, nowMs) : null
  return recheck ?? { slotAt, attempt: 0, runAt: slotAt }
}

/** A last slot further ahead than one interval means that the clock was set back since. */
function isAhead(schedule: Schedule, last: Run, nowMs: number): boolean {
  return last.slotAt > nowMs + schedule.intervalSeconds * 1000
}

/** A re-check belongs to the slot it runs in, so that it is never late by having waited. */
function recheckBefore(nextAt: number, schedule: Schedule, last: Run, nowMs: number) {
  const slotAt = Math.max(nextAt - schedule.intervalSeconds * 1000, last.slotAt)
  const steps = Math.max(1, Math.ceil((nowMs + MIN_PAUSE_MS - slotAt) / RECHECK_MS))
  const runAt = slotAt + steps * RECHECK_MS
  if (runAt >= nextAt) return null
  return { slotAt, attempt: slotAt === last.slotAt ? last.attempt + 1 : 1, runAt }
}
