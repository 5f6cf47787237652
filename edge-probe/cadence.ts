import { backOffMs } from '../core/back-off.ts'

/** With nothing to tell; a probe counts as silent after three minutes. */
const IDLE_MS = 25_000
/** What is calm waits for more, so that one sync brings many results. */
const GATHER_MS = 10_000
/** However much turns, the server is asked no more often. */
const GAP_MS = 1_000

/** How it stands with the server. Instants are epoch milliseconds of the object's own clock. */
export type Line = {
  syncedAt: number
  failures: number
  retryAt: number
  /** Something turned that the server should hear of at once. */
  isUrgent: boolean
  /** What the server, unsigned, said of its clock: good for the next signature only. */
  signingOffsetMs: number | null
}

export const NEW_LINE: Line = {
  syncedAt: 0,
  failures: 0,
  retryAt: 0,
  isUrgent: false,
  signingOffsetMs: null,
}

/** What waits for the next sync: assignments to be had, results the server did not take, results just found. */
export type Waiting = { hasAssignments: boolean; isBehind: boolean; hasNews: boolean }

/** When the next sync is due. */
export function syncDueAt(line: Line, { hasAssignments, isBehind, hasNews }: Waiting): number {
  const isPressing = line.isUrgent || isBehind || !hasAssignments
  const calmMs = hasNews ? GATHER_MS : IDLE_MS
  return Math.max(line.syncedAt + (isPressing ? GAP_MS : calmMs), line.retryAt)
}

export function afterSuccess({ isUrgent }: Line, nowMs: number): Line {
  return { ...NEW_LINE, isUrgent, syncedAt: nowMs }
}

/** `random` in [0, 1) keeps the objects of a region from coming back at once. */
export function afterFailure(
  line: Line,
  { retryAfterMs, signingOffsetMs }: Pick<Line, 'signingOffsetMs'> & { retryAfterMs: number },
  nowMs: number,
  random: number,
): Line {
  const failures = line.failures + 1
  const retryAt = nowMs + Math.max(retryAfterMs, backOffMs(failures, random))
  return { ...line, syncedAt: nowMs, failures, retryAt, signingOffsetMs }
}
