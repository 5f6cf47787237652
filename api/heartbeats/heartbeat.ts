import type { CheckResult, ErrorKind, FindingDetails, Phases } from '../../core/check.ts'
import { outcomeOf } from '../../core/failure.ts'
import type { HeartbeatPingKind } from '../../generated/prisma/enums.ts'
import { hasPartition } from '../checks/partitions/partition.ts'
import { instant } from '../instant.ts'
import { type HeartbeatPlan, nextRunAt } from '../monitors/kinds/heartbeat/plan.ts'
import { HEARTBEAT_REGION } from '../probes/assignment.ts'

/** A clock may be ahead of ours: a call this shortly before a run is that run's, not one more. */
const EARLY_MS = 10_000
/** Columns hold four bytes. */
const LONGEST_RUN_MS = 2 ** 31 - 1

/** What is awaited of a job. Instants are epoch milliseconds; null before its first call and while paused. */
export type Awaited = {
  /** The run that is due next, and when it counts as missed. */
  expectedAt: number | null
  dueAt: number | null
  /** Start of the run under way. */
  startedAt: number | null
}

/** What a job says by calling; the exit code only where it gave one. */
export type Call = { kind: HeartbeatPingKind; exitCode: number | null }

/** When nobody could call Pharos, [from, to). */
export type Absence = { from: number; to: number }

/** What is awaited from now on, and the check that came of it: none where nothing was decided. */
export type Outturn = { awaited: Awaited; result: CheckResult | null }

export const NOTHING_AWAITED: Awaited = { expectedAt: null, dueAt: null, startedAt: null }

/** From the start that was told to this call, milliseconds; null where it ends no run, or none was told. */
export function runMsOf({ startedAt }: Awaited, { kind }: Call, atMs: number): number | null {
  const ends = kind === 'SUCCESS' || kind === 'FAIL'
  if (!ends || startedAt === null) return null
  return Math.min(Math.max(0, atMs - startedAt), LONGEST_RUN_MS)
}

/**
 * A call that ends a run says at once how it was, and the next run is awaited. A start is no end: the
 * deadline stands; before it anything else was awaited, the end is, within the grace.
 */
export function hear(
  monitorId: string,
  plan: HeartbeatPlan,
  awaited: Awaited,
  call: Call,
  atMs: number,
): Outturn {
  if (call.kind === 'LOG') return { awaited, result: null }
  if (call.kind === 'START') {
    const end = awaited.expectedAt === null ? awaiting(plan, atMs) : awaited
    return { awaited: { ...end, startedAt: atMs }, result: null }
  }
  const found = call.kind === 'SUCCESS' ? null : failureOf(call)
  const details = {
    kind: 'HEARTBEAT',
    runMs: runMsOf(awaited, call, atMs),
    exitCode: call.exitCode,
  } as const
  return {
    awaited: awaiting(plan, nextRunAt(plan, countedAt(plan, awaited, atMs))),
    result: resultOf(monitorId, { slotAt: atMs, atMs, found, details }),
  }
}

/**
 * The deadline has passed. Of several runs missed meanwhile the first tells it; what is awaited next is
 * the first run that can still come in time. Nothing where nothing was due. `away` is the last absence.
 */
export function miss(
  monitorId: string,
  plan: HeartbeatPlan,
  awaited: Awaited,
  { nowMs, away }: { nowMs: number; away: Absence | null },
): Outturn {
  const { expectedAt, dueAt } = awaited
  if (expectedAt === null || dueAt === null || dueAt > nowMs) return { awaited, result: null }
  const found =
    away && mayHaveHidden(away, plan, expectedAt)
      ? unheardIn(away, expectedAt)
      : missedIn(plan, awaited)
  const details = { kind: 'HEARTBEAT', runMs: null, exitCode: null } as const
  const slotAt = hasPartition(expectedAt, nowMs) ? expectedAt : nowMs
  return {
    awaited: {
      ...awaiting(plan, runInTime(plan, expectedAt, nowMs)),
      startedAt: awaited.startedAt,
    },
    result: resultOf(monitorId, { slotAt, atMs: nowMs, found, details }),
  }
}

/** Another plan counts from now on; another grace alone leaves the run that is awaited. */
export function replan(
  awaited: Awaited,
  { before, after }: { before: HeartbeatPlan; after: HeartbeatPlan },
  nowMs: number,
): Awaited {
  if (awaited.expectedAt === null) return awaited
  const isSame = before.cron === after.cron && before.timeZone === after.timeZone
  const stays = isSame && before.periodSeconds === after.periodSeconds
  const expectedAt = stays ? awaited.expectedAt : nextRunAt(after, nowMs)
  return { ...awaiting(after, expectedAt), startedAt: awaited.startedAt }
}

function awaiting({ graceSeconds }: HeartbeatPlan, expectedAt: number): Awaited {
  return { expectedAt, dueAt: expectedAt + graceSeconds * 1000, startedAt: null }
}

/** From which instant the next run is counted. A period begins with the call whenever it comes. */
function countedAt({ cron }: HeartbeatPlan, { expectedAt }: Awaited, atMs: number): number {
  const isEarly = expectedAt !== null && expectedAt > atMs && expectedAt - atMs <= EARLY_MS
  return cron !== null && isEarly ? expectedAt : atMs
}

function runInTime(plan: HeartbeatPlan, expectedAt: number, nowMs: number): number {
  const missedUntil = nowMs - plan.graceSeconds * 1000
  if (plan.periodSeconds === null) return nextRunAt(plan, Math.max(expectedAt, missedUntil))
  const periodMs = plan.periodSeconds * 1000
  return expectedAt + Math.floor((missedUntil - expectedAt) / periodMs + 1) * periodMs
}

/**
 * A run is missed only if it could have called throughout: from as early as it may come to the end of its
 * grace. Only the last absence is known: one that began later counts too, for there may be others before it.
 */
function mayHaveHidden(away: Absence, plan: HeartbeatPlan, expectedAt: number): boolean {
  return away.to > expectedAt - earlyMsOf(plan)
}

/** After a period the next call may be early by as much as it may be late; a cron expression names the instant. */
function earlyMsOf({ cron, graceSeconds }: HeartbeatPlan): number {
  return cron === null ? graceSeconds * 1000 : EARLY_MS
}

type Found = { errorKind: ErrorKind; message: string }

function unheardIn({ from, to }: Absence, expectedAt: number): Found {
  const whose = `the run expected at ${instant(expectedAt)}`
  const message = `Pharos was away from ${instant(from)} to ${instant(to)} and may not have heard ${whose}`
  return { errorKind: 'PROBE_FAILURE', message }
}

function missedIn({ graceSeconds }: HeartbeatPlan, { expectedAt, startedAt }: Awaited): Found {
  const limit = `by ${instant((expectedAt ?? 0) + graceSeconds * 1000)}`
  const message =
    startedAt === null
      ? `The run expected at ${instant(expectedAt ?? 0)} did not call ${limit}`
      : `The run that started at ${instant(startedAt)} had not ended ${limit}`
  return { errorKind: 'HEARTBEAT_MISSED', message }
}

function failureOf({ exitCode }: Call): Found {
  const message =
    exitCode === null ? 'The job said that it failed' : `The job ended with exit code ${exitCode}`
  return { errorKind: 'HEARTBEAT_FAILED', message }
}

function resultOf(
  monitorId: string,
  run: { slotAt: number; atMs: number; found: Found | null; details: FindingDetails },
): CheckResult {
  const { slotAt, atMs, found, details } = run
  return {
    ...nothingSeen,
    monitorId,
    region: HEARTBEAT_REGION,
    scheduledAt: slotAt,
    attempt: 0,
    checkedAt: atMs,
    outcome: found ? outcomeOf(found.errorKind) : 'UP',
    errorKind: found?.errorKind ?? null,
    message: found?.message ?? null,
    details,
  }
}

const noPhases: Phases = {
  resolveMs: null,
  connectMs: null,
  tlsMs: null,
  processingMs: null,
  transferMs: null,
}

/** Nobody went there. */
const nothingSeen = {
  httpStatus: null,
  dnsOk: null,
  tlsOk: null,
  contentOk: null,
  latencyMs: null,
  phases: noPhases,
  certificateExpiresAt: null,
  remoteAddress: null,
}
