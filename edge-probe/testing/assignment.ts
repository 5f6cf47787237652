import { randomUUIDv7 } from 'node:crypto'
import type { CheckRequest } from '../../core/check.ts'
import type { ProbeAssignment } from '../../core/probe-protocol.ts'

/** A monitor every second, long since assigned; `policy` confirms at once. */
export function assignmentOf(
  request: CheckRequest,
  change: Partial<ProbeAssignment> = {},
): ProbeAssignment {
  const { intervalSeconds = 1 } = change
  return {
    monitorId: randomUUIDv7(),
    decidableFrom: Date.now() - 3_600_000,
    intervalSeconds,
    policy: {
      failureThreshold: 1,
      recoveryThreshold: 1,
      latencyThresholdMs: null,
      slowThreshold: 3,
      normalThreshold: 3,
      intervalSeconds,
      timeoutMs: request.timeoutMs,
    },
    request,
    ...change,
  }
}
