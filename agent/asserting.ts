import { type AssertedResponse, judgeAssertions } from '../core/assertion.ts'
import type { Assertion } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import type { Trace } from './trace.ts'

/** Judges the assertions of a check over what it found and what its trace tells. */
export function judgeFound(
  assertions: Assertion[],
  found: Pick<AssertedResponse, 'status' | 'headers' | 'body' | 'records'>,
  trace: Trace,
): Failure | null {
  if (assertions.length === 0) return null
  const broken = judgeAssertions(assertions, {
    ...found,
    latencyMs: trace.latencyMs,
    certificateExpiresAt: trace.certificateExpiresAt,
    now: Date.now(),
  })
  trace.contentOk = !broken
  return broken && failure('ASSERTION_FAILED', broken.message)
}
