import { recordResults } from '../api/checks/deeds.ts'
import type { Deps } from '../api/deps.ts'
import type { Finding, Outcome } from '../core/check.ts'

type Seen = Partial<Finding> & { outcome: Outcome }

/** What a probe would report of a monitor from one region: a check a second from `fromMs` on. */
export function report(
  deps: Deps,
  monitorId: string,
  seen: Seen[],
  from: Parameters<typeof resultsOf>[2] = {},
): Promise<void> {
  return recordResults(deps, resultsOf(monitorId, seen, from))
}

export function resultsOf(
  monitorId: string,
  seen: Seen[],
  { fromMs = Date.now() + 10, region = 'local' } = {},
) {
  return seen.map((finding, index) => {
    const checkedAt = fromMs + index * 1_000
    const run = { monitorId, region, scheduledAt: checkedAt, attempt: 0, checkedAt, fence: null }
    return { ...found(finding.outcome), ...finding, ...run }
  })
}

function found(outcome: Outcome): Finding {
  const isUp = outcome === 'UP'
  return {
    outcome,
    errorKind: isUp ? null : outcome === 'DOWN' ? 'CONNECTION_REFUSED' : 'PROBE_FAILURE',
    message: isUp ? null : 'Connection refused',
    httpStatus: isUp ? 200 : null,
    dnsOk: true,
    tlsOk: null,
    contentOk: null,
    latencyMs: isUp ? 12.5 : null,
    phases: { resolveMs: 1, connectMs: 2, tlsMs: null, processingMs: 8, transferMs: 1.5 },
    certificateExpiresAt: null,
    remoteAddress: '192.0.2.1',
    details: null,
  }
}
