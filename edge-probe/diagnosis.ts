import type { ErrorKind } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { parseIp } from '../core/ip.ts'
import { parseDomainName } from '../core/target.ts'
import { isOfCloudflare } from './cloudflare.ts'
import { judgeHostAddress, type Outbound, plainHost } from './outbound.ts'
import { resolve } from './resolver.ts'
import { allowedMs, type Trace } from './trace.ts'

const LIMIT_MS = 2_000

/** What failed, and whether it was a socket or a request of fetch. */
export type Attempt = { host: string; by: 'FETCH' | 'SOCKET'; trouble: Failure }

/**
 * The platform does not say why a host could not be reached, but its addresses may: there are none, or
 * no probe may go there. Asked after a failure only, so that a check that succeeds costs nothing more.
 */
export async function diagnose(
  outbound: Outbound,
  { host, by, trouble }: Attempt,
  trace: Trace,
): Promise<Failure> {
  if (!UNEXPLAINED.includes(trouble.errorKind) || allowedMs(trace) === 0) return trouble
  const lookup = await lookUp(outbound, plainHost(host), trace)
  if (!lookup.ok) return lookup.errorKind === 'DNS_FAILURE' ? lookup : trouble
  const verdicts = lookup.addresses.map((one) => judgeHostAddress(outbound.policy, host, one))
  const refusal = verdicts.find((verdict) => verdict !== null)
  if (refusal) return refusal
  const isClosed = by === 'SOCKET' && lookup.addresses.some(isOfCloudflare)
  return isClosed ? failure('PROBE_FAILURE', `From the edge no socket opens to ${host}`) : trouble
}

const UNEXPLAINED: ErrorKind[] = [
  'CONNECTION_REFUSED',
  'CONNECTION_FAILED',
  'TIMEOUT',
  'PROBE_FAILURE',
]

type Lookup = { ok: true; addresses: string[] } | Failure

async function lookUp(outbound: Outbound, host: string, trace: Trace): Promise<Lookup> {
  if (parseIp(host)) return { ok: true, addresses: [host] }
  const v4 = await lookUpFamily(outbound, host, 'A', trace)
  const found =
    v4.ok && v4.addresses.length === 0 ? lookUpFamily(outbound, host, 'AAAA', trace) : v4
  const lookup = await found
  const isEmpty = lookup.ok && lookup.addresses.length === 0
  return isEmpty ? unresolved(`${host} exists but has no address`, trace) : lookup
}

async function lookUpFamily(
  outbound: Outbound,
  host: string,
  type: 'A' | 'AAAA',
  trace: Trace,
): Promise<Lookup> {
  const target = parseDomainName(host)
  if (!target.ok) return unresolved(`${host} is not a valid name`, trace)
  const question = { name: target.name, type }
  const resolution = await resolve(outbound, question, allowedMs(trace, LIMIT_MS))
  if (!resolution.ok) return resolution
  const { responseCode, records } = resolution.answer
  if (responseCode !== 'NOERROR')
    return unresolved(`${host} cannot be resolved (${responseCode ?? 'unknown code'})`, trace)
  trace.dnsOk = true
  return { ok: true, addresses: records }
}

function unresolved(message: string, trace: Trace): Failure {
  trace.dnsOk = false
  return failure('DNS_FAILURE', message)
}
