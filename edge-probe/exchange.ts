import type { HttpExpectations } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { authorizationOf, type Hop, USER_AGENT } from '../core/hop.ts'
import { parseIp } from '../core/ip.ts'
import { readNote } from './cloudflare.ts'
import { diagnose } from './diagnosis.ts'
import { fetchFailure } from './failure.ts'
import { fetchTarget, type Outbound, plainHost } from './outbound.ts'
import { endPhase, type Trace } from './trace.ts'

/** Status and headers have come; the body is still to be read, or to be left by cancelling it. */
export type Answer = { ok: true; response: Response; peer: string }

/** What fetch lets nobody ask. */
export function limitationOf({ method, headers, body }: HttpExpectations): string | null {
  if (headers.some(({ name }) => name.toLowerCase() === 'host'))
    return 'From the edge no Host header can be chosen'
  const isBare = method === 'GET' || method === 'HEAD'
  return isBare && body !== null ? `From the edge no body goes with ${method}` : null
}

/** Sends one request and waits for the headers of its answer. */
export async function visit(
  outbound: Outbound,
  hop: Hop,
  verifyTls: boolean,
  trace: Trace,
): Promise<Answer | Failure> {
  const from = performance.now()
  const answer = await send(outbound, hop, trace)
  endPhase(trace, 'processingMs', from)
  const { hostname, protocol } = hop.url
  const isSecure = protocol === 'https:'
  if (!answer.ok) {
    const trouble = verifyTls ? answer : unverified(answer)
    if (isSecure && trouble.errorKind === 'TLS_FAILURE') trace.tlsOk = false
    return diagnose(outbound, { host: hostname, by: 'FETCH', trouble }, trace)
  }
  if (isSecure) trace.tlsOk = true
  if (!parseIp(plainHost(hostname))) trace.dnsOk = true
  return answer
}

async function send(outbound: Outbound, hop: Hop, trace: Trace): Promise<Answer | Failure> {
  const peer = hop.url.host
  try {
    const response = await fetchTarget(outbound, hop.url, messageOf(hop, trace.deadline))
    if (!(response instanceof Response)) return response
    return (await readNote(response, peer)) ?? { ok: true, response, peer }
  } catch (error) {
    return fetchFailure(error, peer)
  }
}

function messageOf({ method, headers, body, auth }: Hop, signal: AbortSignal): RequestInit {
  const pairs: [string, string][] = headers.map(({ name, value }) => [name, value])
  const sent = new Headers(pairs)
  if (!sent.has('user-agent')) sent.set('user-agent', USER_AGENT)
  if (!sent.has('accept')) sent.set('accept', '*/*')
  if (auth) sent.set('authorization', authorizationOf(auth))
  return { method, headers: sent, body, signal, redirect: 'manual', cache: 'no-store' }
}

/** Fetch verifies every certificate: where none was to be, a bad one says nothing. */
function unverified(trouble: Failure): Failure {
  if (trouble.errorKind !== 'TLS_FAILURE') return trouble
  return failure('PROBE_FAILURE', `From the edge every certificate is verified. ${trouble.message}`)
}
