import { type AssertedResponse, judgeAssertions } from '../core/assertion.ts'
import type { Assertion } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import type { Trace } from './trace.ts'

/** Judges the assertions of a check over what it found. No certificate is ever seen from here. */
export function judgeFound(
  assertions: Assertion[],
  found: Pick<AssertedResponse, 'status' | 'headers' | 'body' | 'records'>,
  trace: Trace,
): Failure | null {
  if (assertions.length === 0) return null
  const blind = assertions.some(({ source }) => source === 'CERTIFICATE_DAYS')
  if (blind) return failure('PROBE_FAILURE', 'From the edge no certificate can be seen')
  const { latencyMs } = trace
  const broken = judgeAssertions(assertions, { ...found, latencyMs, now: Date.now() })
  trace.contentOk = !broken
  return broken && failure('ASSERTION_FAILED', broken.message)
}
