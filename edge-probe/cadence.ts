import { backOffMs } from '../core/back-off.ts'

/** While all is calm: one sync brings many results, and what is newly assigned waits no longer. */
const CALM_MS = 10_000
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

/** When the next sync is due; `isPressing` where assignments or receipts are wanting. */
export function syncDueAt(line: Line, isPressing: boolean): number {
  const waitMs = isPressing || line.isUrgent ? GAP_MS : CALM_MS
  return Math.max(line.syncedAt + waitMs, line.retryAt)
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
