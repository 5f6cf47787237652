import type { CheckKind, CheckRequest, Finding } from '../core/check.ts'
import { type Failure, failure, outcomeOf } from '../core/failure.ts'
import { AGENT_CAPABILITIES } from '../core/probe-protocol.ts'
import { checkDns } from './dns.ts'
import { checkHttp } from './http.ts'
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts'
import { checkPing, hasPing } from './ping.ts'
import { checkTcp } from './tcp.ts'
import { checkTls } from './tls.ts'
import { startTrace, type Trace } from './trace.ts'

/** Runs checks. A finding comes within the request's timeout whatever the target does; nothing is thrown. */
export type Checker = {
  run(request: CheckRequest): Promise<Finding>
  /** What can be run from here: not every machine may send pings. Found out once. */
  capabilities(): Promise<CheckKind[]>
}

export function createChecker(options: OutboundOptions): Checker {
  const outbound = createOutbound(options)
  let capabilities: Promise<CheckKind[]> | null = null
  return {
    run: (request) => run(outbound, request),
    capabilities: () => (capabilities ??= findCapabilities()),
  }
}

type Kinds = {
  [Kind in CheckKind]: (
    outbound: Outbound,
    request: CheckRequest<Kind>,
    trace: Trace,
  ) => Promise<Failure | null>
}

const KINDS: Kinds = {
  HTTP: checkHttp,
  TCP: checkTcp,
  PING: checkPing,
  DNS: checkDns,
  TLS: checkTls,
}

async function findCapabilities(): Promise<CheckKind[]> {
  const canPing = await hasPing()
  return AGENT_CAPABILITIES.filter((kind) => kind !== 'PING' || canPing)
}

async function run<Kind extends CheckKind>(
  outbound: Outbound,
  request: CheckRequest<Kind>,
): Promise<Finding> {
  const trace = startTrace(request.timeoutMs)
  try {
    const check: Kinds[Kind] = KINDS[request.kind]
    return conclude(await check(outbound, request, trace), trace)
  } catch (error) {
    // A bug of ours must not look like an outage of theirs.
    const reason = error instanceof Error ? error.message : String(error)
    return conclude(failure('PROBE_FAILURE', `The probe failed: ${reason}`), trace)
  }
}

function conclude(trouble: Failure | null, trace: Trace): Finding {
  return {
    outcome: trouble ? outcomeOf(trouble.errorKind) : 'UP',
    errorKind: trouble?.errorKind ?? null,
    message: trouble?.message ?? null,
    httpStatus: trace.httpStatus,
    dnsOk: trace.dnsOk,
    tlsOk: trace.tlsOk,
    contentOk: trace.contentOk,
    latencyMs: trace.latencyMs,
    phases: {
      resolveMs: trace.resolveMs,
      connectMs: trace.connectMs,
      tlsMs: trace.tlsMs,
      processingMs: trace.processingMs,
      transferMs: trace.transferMs,
    },
    certificateExpiresAt: trace.certificateExpiresAt,
    remoteAddress: trace.remoteAddress,
    details: trace.details,
  }
}
