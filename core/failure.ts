import type { ErrorKind, Outcome } from './check.ts'

/** Why a check did not succeed, in one sentence for people. */
export type Failure = { ok: false; errorKind: ErrorKind; message: string }

export function failure(errorKind: ErrorKind, message: string): Failure {
  return { ok: false, errorKind, message }
}

/** What the probe itself suffers says nothing about the target. */
export function outcomeOf(errorKind: ErrorKind): Outcome {
  return errorKind === 'BLOCKED_TARGET' || errorKind === 'PROBE_FAILURE' ? 'UNKNOWN' : 'DOWN'
}
