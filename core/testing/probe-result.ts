import type { ProbeResult } from '../probe-protocol.ts'

export const MONITOR_ID = '019aa0c1-77e0-7000-8000-00000000002a'

/** A check that found its target up, with whatever else it is to say. */
export function probeResult(given: Partial<ProbeResult> = {}): ProbeResult {
  return {
    monitorId: MONITOR_ID,
    decidableFrom: 1_763_632_800_000,
    scheduledAt: 1_763_632_860_000,
    attempt: 0,
    checkedAt: 1_763_632_860_012,
    outcome: 'UP',
    errorKind: null,
    message: null,
    httpStatus: 200,
    dnsOk: true,
    tlsOk: true,
    contentOk: true,
    latencyMs: 118.4,
    phases: {
      resolveMs: 2.1,
      connectMs: 20.4,
      tlsMs: 41.7,
      processingMs: 52.2,
      transferMs: 2,
    },
    certificateExpiresAt: null,
    remoteAddress: '203.0.113.7',
    details: null,
    ...given,
  }
}
