import type { CheckKind, CheckRequest, Finding } from '../core/check.ts'
import { type Failure, failure, outcomeOf } from '../core/failure.ts'
import type { EDGE_CAPABILITIES } from '../core/probe-protocol.ts'
import { withDeadline } from './deadline.ts'
import { checkDns } from './dns.ts'
import { reasonOf } from './failure.ts'
import { checkHttp } from './http.ts'
import type { Outbound } from './outbound.ts'
import { checkTcp } from './tcp.ts'
import { startTrace, type Trace } from './trace.ts'

type Kinds = {
  [Kind in (typeof EDGE_CAPABILITIES)[number]]: (
    outbound: Outbound,
    request: CheckRequest<Kind>,
    trace: Trace,
  ) => Promise<Failure | null>
}

const KINDS: Kinds = { HTTP: checkHttp, TCP: checkTcp, DNS: checkDns }

/** Runs one check. A finding comes within the request's timeout whatever the target does; nothing is thrown. */
export function runCheck(outbound: Outbound, request: CheckRequest): Promise<Finding> {
  return withDeadline(request.timeoutMs, async (deadline) => {
    const trace = startTrace(request.timeoutMs, deadline)
    const trouble = await check(outbound, request, trace).catch(mishap)
    return conclude(trouble, trace)
  })
}

/** A bug of ours must not look like an outage of theirs. */
function mishap(error: unknown): Failure {
  return failure('PROBE_FAILURE', `The probe failed: ${reasonOf(error)}`)
}

async function check(
  outbound: Outbound,
  request: CheckRequest,
  trace: Trace,
): Promise<Failure | null> {
  if (isOfEdge(request)) return checkKind(outbound, request, trace)
  return failure('PROBE_FAILURE', `The edge runs no checks of kind ${request.kind}`)
}

function checkKind<Kind extends keyof Kinds>(
  outbound: Outbound,
  request: CheckRequest<Kind>,
  trace: Trace,
): Promise<Failure | null> {
  const run: Kinds[Kind] = KINDS[request.kind]
  return run(outbound, request, trace)
}

function isOfEdge(request: CheckRequest): request is CheckRequest<keyof Kinds> {
  return (Object.keys(KINDS) as CheckKind[]).includes(request.kind)
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
      connectMs: null,
      tlsMs: null,
      processingMs: trace.processingMs,
      transferMs: trace.transferMs,
    },
    certificateExpiresAt: null,
    remoteAddress: trace.remoteAddress,
    details: trace.details,
  }
}
