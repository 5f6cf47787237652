import net from 'node:net'
import tls from 'node:tls'
import { judgeAddresses, type OutboundPolicy } from '../core/address.ts'
import { earliestExpiry, trustFailure } from './certificate.ts'
import { type Failure, failure, socketFailure } from './failure.ts'
import { createHosts } from './hosts.ts'
import { createNameResolver, type NameResolver, type Resolution } from './resolver.ts'
import { allowedMs, endPhase, type Trace } from './trace.ts'

const MAX_RESOLVE_MS = 2_000
const MAX_CONNECT_MS = 5_000
const MAX_TLS_MS = 5_000
/** RFC 8305 §5 allows up to 2 s before the next address is tried; less would give up on far continents. */
const NEXT_ADDRESS_MS = 1_000

/** The one way out to an address that a user gave. */
export type Outbound = {
  policy: OutboundPolicy
  names: NameResolver
  secureContext: tls.SecureContext
}

export type OutboundOptions = {
  policy: OutboundPolicy
  /** DNS servers instead of the machine's own. */
  dnsServers?: string[]
  hostsFile?: string
  secureContext?: tls.SecureContext
}

/** `host` is a name or an IP address, as URL.hostname spells it; `tls` null for a plain connection. */
export type Endpoint = { host: string; port: number; tls: { verify: boolean } | null }

export type Connection = { ok: true; socket: net.Socket } | Failure

/** The secure context is shared: building one costs more than a handshake. */
export function createOutbound(options: OutboundOptions): Outbound {
  return {
    policy: options.policy,
    names: createNameResolver({
      hosts: createHosts(options.hostsFile),
      servers: options.dnsServers,
    }),
    secureContext: options.secureContext ?? tls.createSecureContext(),
  }
}

/** Resolves, judges every address, connects to one that was judged, and secures the connection. */
export async function openConnection(
  outbound: Outbound,
  endpoint: Endpoint,
  trace: Trace,
): Promise<Connection> {
  const host = plainHost(endpoint.host)
  const peer = `${endpoint.host}:${endpoint.port}`
  const resolution = net.isIP(host) ? literal(host) : await resolveName(outbound, host, trace)
  if (!resolution.ok) return resolution
  const blocked = judge(host, resolution.addresses, outbound.policy)
  if (blocked) return blocked
  const connection = await connect(resolution.addresses, endpoint.port, peer, trace)
  if (!connection.ok || !endpoint.tls) return connection
  return secure(outbound, connection.socket, { host, peer, verify: endpoint.tls.verify }, trace)
}

/** URL spells IPv6 in brackets; the last dot of an absolute name belongs to DNS, not to certificates. */
function plainHost(host: string): string {
  if (host.startsWith('[')) return host.slice(1, -1)
  return host.endsWith('.') ? host.slice(0, -1) : host
}

function literal(address: string): Resolution {
  return { ok: true, addresses: [address] }
}

async function resolveName(outbound: Outbound, name: string, trace: Trace): Promise<Resolution> {
  const from = performance.now()
  const resolution = await outbound.names.resolve(name, allowedMs(trace, MAX_RESOLVE_MS))
  endPhase(trace, 'resolveMs', from)
  if (resolution.ok) trace.dnsOk = true
  else if (resolution.errorKind === 'DNS_FAILURE') trace.dnsOk = false
  return resolution
}

function judge(host: string, addresses: string[], policy: OutboundPolicy): Failure | null {
  const verdict = judgeAddresses(addresses, policy)
  if (verdict.allowed) return null
  const { address, reason, allowWith } = verdict
  const what = address === host ? `${host} is ${reason}` : `${host} leads to ${address}, ${reason}`
  return failure('BLOCKED_TARGET', `${what}; to allow it, the operator sets ${allowWith}`)
}

async function connect(
  addresses: string[],
  port: number,
  peer: string,
  trace: Trace,
): Promise<Connection> {
  const from = performance.now()
  const socket = net.connect(connectOptions(addresses, port))
  const trouble = await reach(socket, 'connect', {
    withinMs: allowedMs(trace, MAX_CONNECT_MS),
    late: `${peer} did not accept a connection in time`,
    peer,
  })
  endPhase(trace, 'connectMs', from)
  if (trouble) return trouble
  trace.remoteAddress = socket.remoteAddress ?? null
  return { ok: true, socket }
}

/** Only judged addresses are handed to the socket: the name is never resolved a second time. */
function connectOptions(addresses: string[], port: number): net.NetConnectOpts {
  const [host] = addresses
  if (addresses.length === 1) return { host, port, noDelay: true }
  const judged = addresses.map((address) => ({ address, family: net.isIP(address) }))
  return {
    // Any name makes the socket ask `lookup`.
    host: 'judged.invalid',
    port,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    lookup: (_name, _options, found) => found(null, judged),
  }
}

async function secure(
  outbound: Outbound,
  raw: net.Socket,
  { host, peer, verify }: { host: string; peer: string; verify: boolean },
  trace: Trace,
): Promise<Connection> {
  const from = performance.now()
  const socket = tls.connect({
    socket: raw,
    host,
    servername: net.isIP(host) ? '' : host,
    secureContext: outbound.secureContext,
    // Judged below, before anything is sent, so that a bad certificate still tells its expiry.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  })
  const trouble = await reach(socket, 'secureConnect', {
    withinMs: allowedMs(trace, MAX_TLS_MS),
    late: `${peer} did not finish the TLS handshake in time`,
    peer,
  })
  endPhase(trace, 'tlsMs', from)
  if (!trouble) noteExpiry(trace, earliestExpiry(socket))
  const problem = trouble ?? (verify ? trustFailure(socket, host) : null)
  trace.tlsOk = !problem
  if (!problem) return { ok: true, socket }
  socket.destroy()
  return problem
}

/** Of all hosts on the way the certificate that ends first is the one to renew. */
function noteExpiry(trace: Trace, expiresAt: number | null): void {
  if (expiresAt === null) return
  trace.certificateExpiresAt = Math.min(trace.certificateExpiresAt ?? Infinity, expiresAt)
}

type Wait = { withinMs: number; late: string; peer: string }

/** Null once `event` came; otherwise the socket is destroyed and the failure says why. */
function reach(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  { withinMs, late, peer }: Wait,
): Promise<Failure | null> {
  return new Promise((resolve) => {
    const settle = (trouble: Failure | null) => {
      clearTimeout(timer)
      socket.off('error', fail)
      // Between two phases nobody else listens, and an unheard error would end the process.
      socket.on('error', ignore)
      if (trouble) socket.destroy()
      resolve(trouble)
    }
    const fail = (error: Error) => settle(socketFailure(error, peer, event === 'secureConnect'))
    const timer = setTimeout(() => settle(failure('TIMEOUT', late)), withinMs)
    socket.on('error', fail).once(event, () => settle(null))
  })
}

function ignore(): void {}
