import type { CheckRequest, Finding } from './check.ts'
import { parseEndpoint } from './target.ts'

/** A probe's own network gone must not look like an outage of everybody else's: judged here, by what it reaches. */

/** Addresses that answer everywhere and always; what cannot be reached while they are gone says nothing. */
export const DEFAULT_REFERENCE_TARGETS = '1.1.1.1:443,8.8.8.8:443,9.9.9.9:443'

/** How long a failure waits for the word of others. */
export const HOLD_MS = 3_000

/** NONE where the operator wants none, ASKED while their answers are awaited, ANSWERING where one does. */
export type References = 'NONE' | 'ASKED' | 'ANSWERING' | 'GONE'

/** What a region has seen since the first failure that may be its own. Instants are milliseconds of one clock. */
export type Symptoms = {
  since: number
  /** Every host checked since, and whether its last check reached it. */
  hosts: ReadonlyMap<string, boolean>
  references: References
  /** Whether they have answered from here before, and nothing has contradicted them since. */
  areReferencesProven: boolean
  /** Whether any host was ever reached from here. */
  isHostReached: boolean
}

export type HealthVerdict =
  | { health: 'HEALTHY'; reason: string }
  | { health: 'HOLD'; until: number; reason: string }
  | { health: 'UNHEALTHY'; since: number; reason: string }

/** Whether the failures are the targets' own, not yet to be told, or those of the region's network. */
export function judgeHealth(symptoms: Symptoms, nowMs: number): HealthVerdict {
  const { since, hosts, references } = symptoms
  const until = since + HOLD_MS
  if (references === 'NONE') return healthy('there are no reference targets to tell by')
  if (references === 'ASKED')
    return { health: 'HOLD', until, reason: 'the reference targets are being asked' }
  if (references === 'ANSWERING') return healthy('a reference target answers')
  if (!symptoms.areReferencesProven && symptoms.isHostReached)
    return healthy('hosts are reached from here, and the reference targets never were')
  if (nowMs < until)
    return { health: 'HOLD', until, reason: 'no reference target answers, other hosts may' }
  const failing = [...hosts.values()].filter((isReached) => !isReached).length
  const sights = `${failing} of ${hosts.size} hosts checked since cannot be reached`
  if (failing * 2 <= hosts.size) return healthy(`no reference target answers, but only ${sights}`)
  return { health: 'UNHEALTHY', since, reason: `no reference target answers and ${sights}` }
}

/** What a check says of the network in between: NONE where it was not asked for anything. */
export type Contact = 'REACHED' | 'FAILED' | 'NONE'

/** Generous with FAILED: it changes a result only where the reference targets are gone as well. */
export function contactOf({ errorKind, details }: Finding): Contact {
  switch (errorKind) {
    case 'BLOCKED_TARGET':
      return 'NONE'
    case 'DNS_FAILURE':
    case 'CONNECTION_FAILED':
    case 'TIMEOUT':
    case 'PROBE_FAILURE':
      return 'FAILED'
    case 'PACKET_LOSS':
      return details?.kind === 'PING' && details.received > 0 ? 'REACHED' : 'FAILED'
    default:
      return 'REACHED'
  }
}

/** Whether something out there answered, though perhaps not to the end. */
export function hasTouched(finding: Finding): boolean {
  const isConnected = finding.remoteAddress !== null && finding.phases.connectMs !== null
  return isConnected || contactOf(finding) === 'REACHED'
}

/** The finding of a check that could not get out: it says nothing about the target. */
export function withoutNetwork(finding: Finding, reason: string): Finding {
  return {
    ...finding,
    outcome: 'UNKNOWN',
    errorKind: 'PROBE_FAILURE',
    message: `The probe's own network is gone: ${reason}. It saw: ${finding.message}`,
    dnsOk: finding.dnsOk || null,
    tlsOk: finding.tlsOk || null,
    contentOk: finding.contentOk || null,
  }
}

/** Whom a check asks: hosts that are not the same are taken to be unrelated. */
export function hostOf(request: CheckRequest): string {
  switch (request.kind) {
    case 'HTTP':
      return URL.parse(request.target)?.hostname ?? request.target
    case 'TCP':
    case 'TLS':
      return request.target.replace(/:\d+$/, '')
    case 'PING':
      return request.target
    case 'DNS':
      return request.expectations.resolver ?? request.target
  }
}

export type ReferenceTarget = { host: string; port: number }

/** Parses REFERENCE_TARGETS: `host:port`, comma-separated, or `none`. */
export function parseReferenceTargets(text: string): ReferenceTarget[] | { problem: string } {
  if (text.trim() === 'none') return []
  const targets: ReferenceTarget[] = []
  for (const part of text.split(',')) {
    const endpoint = parseEndpoint(part.trim())
    if (!endpoint.ok) return { problem: `each one ${endpoint.rule}, or none in all` }
    targets.push({ host: endpoint.host, port: endpoint.port })
  }
  return targets
}

function healthy(reason: string): HealthVerdict {
  return { health: 'HEALTHY', reason }
}
