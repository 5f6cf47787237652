import type { ProbeAssignment, ProbeResult } from './probe-protocol.ts'
import { inSuspense } from './region.ts'
import { currentRun, nextRun, RECHECK_MS, type Run, slotAtOrAfter } from './slot.ts'
import { blankView, observe, type RegionView } from './view.ts'

/** A monitor as a probe keeps it; survives JSON. */
export type PlannedMonitor = {
  assignment: ProbeAssignment
  /** The latest run begun. */
  last: Run
  next: Run & { runAt: number }
  /** What the results say so far: whether to look again soon. */
  view: RegionView
}

/** A probe's monitors by id. All instants are epoch milliseconds of the server's clock. */
export type ProbePlan = ReadonlyMap<string, PlannedMonitor>

/** A run that is to start now. */
export type DueRun = Run & { assignment: ProbeAssignment }

/** The part of a result that says when to look next. */
export type PlanningResult = Pick<
  ProbeResult,
  | 'monitorId'
  | 'decidableFrom'
  | 'scheduledAt'
  | 'attempt'
  | 'checkedAt'
  | 'outcome'
  | 'latencyMs'
  | 'message'
>

const NEVER: Run = { slotAt: -1, attempt: -1 }

/**
 * The plan for new assignments: what did not change goes on as it was, the rest begins anew. What holds
 * for less than an interval runs within seconds; all else waits for its slot, so that a restart is no burst.
 */
export function takeAssignments(
  plan: ProbePlan,
  items: ProbeAssignment[],
  nowMs: number,
): ProbePlan {
  const monitors = items.map((assignment) => {
    const known = plan.get(assignment.monitorId)
    return known && isSame(known.assignment, assignment)
      ? known
      : beginAnew(known, assignment, nowMs)
  })
  return planOf(monitors)
}

/** The plan again from what JSON kept of its values. */
export function planOf(monitors: PlannedMonitor[]): ProbePlan {
  return new Map(monitors.map((monitor) => [monitor.assignment.monitorId, monitor]))
}

/**
 * Up to `most` runs to start now, those that wait longest first, and the plan in which they have begun:
 * until its result is noted, a monitor is next due at its next slot. A run late by more than half its
 * interval is left out, so that a probe that wakes has its work spread over the slots to come.
 */
export function dueRuns(
  plan: ProbePlan,
  nowMs: number,
  most: number,
): { runs: DueRun[]; plan: ProbePlan } {
  const missed = [...plan.values()].filter((monitor) => isMissed(monitor, nowMs))
  const replanned = missed.map((monitor) => planNext(monitor, nowMs))
  const onTime = replaced(plan, replanned)
  const begun = [...onTime.values()]
    .filter((monitor) => monitor.next.runAt <= nowMs)
    .toSorted((a, b) => a.next.runAt - b.next.runAt)
    .slice(0, most)
    .map((monitor) => begin(monitor, nowMs))
  const runs = begun.map(({ assignment, last }) => ({ assignment, ...last }))
  return { runs, plan: replaced(onTime, begun) }
}

/** Takes in what runs found, but not under assignments of before: a failure or recovery that is not yet confirmed is looked at again soon. */
export function noteResults(plan: ProbePlan, results: PlanningResult[], nowMs: number): ProbePlan {
  const next = new Map(plan)
  for (const result of results) {
    const monitor = next.get(result.monitorId)
    if (monitor) next.set(result.monitorId, noteResult(monitor, result, nowMs))
  }
  return next
}

/**
 * Whether these results bear on a verdict that turns or may turn: the server should have them at once,
 * so that nobody waits for a confirmation that is already known here.
 */
export function haveTurned(
  before: ProbePlan,
  after: ProbePlan,
  results: Pick<PlanningResult, 'monitorId'>[],
): boolean {
  return results.some(({ monitorId }) => {
    const [was, is] = [before.get(monitorId), after.get(monitorId)]
    if (!was || !is) return false
    return was.view.vote !== is.view.vote || inSuspense(was) || inSuspense(is)
  })
}

/** Every monitor once, now, whatever its slot: what a probe runs that is started for one round only. */
export function roundOf(items: ProbeAssignment[], nowMs: number): DueRun[] {
  return items.map((assignment) => {
    const slotAt = slotAtOrAfter(assignment, nowMs - assignment.intervalSeconds * 1000 + 1)
    // Numbered by its place in time, as re-checks are: two rounds in one slot are two runs.
    return { assignment, slotAt, attempt: Math.floor((nowMs - slotAt) / RECHECK_MS) }
  })
}

/** When the next run is due; null while there is nothing to do. */
export function nextWakeAt(plan: ProbePlan): number | null {
  let wakeAt: number | null = null
  for (const { next } of plan.values()) wakeAt = Math.min(wakeAt ?? Infinity, next.runAt)
  return wakeAt
}

/** Which of `of` equal parts of a region a monitor belongs to, from 0: by the random tail of its UUIDv7. */
export function shardOf(monitorId: string, of: number): number {
  return Number.parseInt(monitorId.slice(-12), 16) % of
}

function beginAnew(
  known: PlannedMonitor | undefined,
  assignment: ProbeAssignment,
  nowMs: number,
): PlannedMonitor {
  const { decidableFrom, intervalSeconds } = assignment
  const isYoung = nowMs - decidableFrom < intervalSeconds * 1000
  // Another interval is another grid of slots: one under way in it may lie before those run so far.
  const isOnGrid = !known || known.assignment.intervalSeconds === intervalSeconds
  const next = nextRun(assignment, NEVER, isYoung && isOnGrid, nowMs)
  // Numbered by its place in time: later than all that this slot has seen before the change.
  const attempt = (next.runAt - next.slotAt) / RECHECK_MS
  return { assignment, last: NEVER, next: { ...next, attempt }, view: blankView(nowMs) }
}

/** Also where it lies further ahead than an interval: the clock was set back since. */
function isMissed({ assignment, next }: PlannedMonitor, nowMs: number): boolean {
  const intervalMs = assignment.intervalSeconds * 1000
  return nowMs - next.runAt > intervalMs / 2 || next.runAt - nowMs > intervalMs
}

function begin(monitor: PlannedMonitor, nowMs: number): PlannedMonitor {
  const { assignment, next } = monitor
  const last = currentRun(assignment, next, nowMs)
  return {
    ...monitor,
    last: { slotAt: last.slotAt, attempt: last.attempt },
    next: nextRun(assignment, last, false, nowMs),
  }
}

function noteResult(monitor: PlannedMonitor, result: PlanningResult, nowMs: number) {
  const { scheduledAt: slotAt, attempt, checkedAt: at, outcome, latencyMs, message } = result
  const { view, assignment } = monitor
  const isNews = slotAt > view.slotAt || (slotAt === view.slotAt && attempt > view.attempt)
  if (!isNews || result.decidableFrom !== assignment.decidableFrom) return monitor
  const observation = { slotAt, attempt, at, outcome, latencyMs, cause: message }
  const seen = { ...monitor, view: observe(view, observation, assignment.policy).view }
  // What is due already is not put off by planning anew.
  return monitor.next.runAt <= nowMs ? seen : planNext(seen, nowMs)
}

function planNext(monitor: PlannedMonitor, nowMs: number): PlannedMonitor {
  const next = nextRun(monitor.assignment, monitor.last, inSuspense(monitor), nowMs)
  return { ...monitor, next }
}

function replaced(plan: ProbePlan, monitors: PlannedMonitor[]): ProbePlan {
  if (monitors.length === 0) return plan
  const next = new Map(plan)
  for (const monitor of monitors) next.set(monitor.assignment.monitorId, monitor)
  return next
}

/** Both were parsed by one schema, so that their fields come in one order. */
function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
