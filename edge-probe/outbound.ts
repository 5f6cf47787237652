import { connect } from 'cloudflare:sockets'
import { judgeAddress, type OutboundPolicy } from '../core/address.ts'
import { type Failure, failure } from '../core/failure.ts'
import { parseIp } from '../core/ip.ts'
import type { Settings } from './settings.ts'

/** The one way out. `budget` is what is left to one invocation of what the platform grants it. */
export type Outbound = Pick<Settings, 'policy' | 'dohUrl'> & { budget: { subrequests: number } }

/** `host` is a name or an IP address, as URL.hostname spells it. */
export type Endpoint = { host: string; port: number }

export function createOutbound({ policy, dohUrl, subrequests }: Settings): Outbound {
  return { policy, dohUrl, budget: { subrequests } }
}

/** Opens a URL that a user gave; throws as fetch does. */
export async function fetchTarget(
  outbound: Outbound,
  url: URL,
  init: RequestInit,
): Promise<Response | Failure> {
  const refusal = judgeHost(outbound.policy, url.hostname)
  if (refusal) return refusal
  outbound.budget.subrequests -= 1
  return fetch(url, init)
}

/** Opens a URL that the operator gave. */
export function fetchService(outbound: Outbound, url: string, init: RequestInit) {
  outbound.budget.subrequests -= 1
  return fetch(url, { ...init, redirect: 'manual' })
}

/** Begins to connect to an endpoint that a user gave. */
export function openSocket(
  outbound: Outbound,
  endpoint: Endpoint,
  isSecure: boolean,
): Socket | Failure {
  return judgeHost(outbound.policy, endpoint.host) ?? connectTo(outbound, endpoint, isSecure)
}

/** Begins to connect to an endpoint that the operator gave. */
export function openReference(outbound: Outbound, endpoint: Endpoint): Socket {
  return connectTo(outbound, endpoint, false)
}

export function peerOf({ host, port }: Endpoint): string {
  return `${host}:${port}`
}

function connectTo(outbound: Outbound, { host, port }: Endpoint, isSecure: boolean): Socket {
  outbound.budget.subrequests -= 1
  const socket = connect(
    { hostname: plainHost(host), port },
    { secureTransport: isSecure ? 'on' : 'off', allowHalfOpen: true },
  )
  // Whoever reads hears of it, too.
  socket.closed.catch(() => {})
  return socket
}

/**
 * A name is not resolved to judge it: fetch would resolve it again, to whatever it says by then. There
 * is nothing private to be reached from Cloudflare's machines, and both fetch and connect refuse what
 * only looks like it; diagnosis.ts then finds out that this was the reason.
 */
function judgeHost(policy: OutboundPolicy, host: string): Failure | null {
  const address = addressOf(plainHost(host))
  return address === null ? null : judgeHostAddress(policy, host, address)
}

/** Why no probe may go to this address of the host; null when it may. */
export function judgeHostAddress(
  policy: OutboundPolicy,
  host: string,
  address: string,
): Failure | null {
  const verdict = judgeAddress(address, policy)
  if (verdict.allowed) return null
  const { reason, allowWith } = verdict
  const what =
    address === plainHost(host) ? `${host} is ${reason}` : `${host} leads to ${address}, ${reason}`
  return failure('BLOCKED_TARGET', `${what}; to allow it, the operator sets ${allowWith}`)
}

/** RFC 6761 §6.3: localhost needs no resolving. */
function addressOf(host: string): string | null {
  if (parseIp(host)) return host
  return /(^|\.)localhost$/.test(host) ? '127.0.0.1' : null
}

/** URL spells IPv6 in brackets; the last dot of an absolute name belongs to DNS, not to certificates. */
export function plainHost(host: string): string {
  if (host.startsWith('[')) return host.slice(1, -1)
  return host.endsWith('.') ? host.slice(0, -1) : host
}
