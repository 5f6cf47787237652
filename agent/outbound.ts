import dgram from 'node:dgram'
import net from 'node:net'
import tls from 'node:tls'
import { judgeAddresses, type OutboundPolicy } from '../core/address.ts'
import { type Failure, failure } from '../core/failure.ts'
import { socketFailure } from './failure.ts'
import { createHosts } from './hosts.ts'
import { reach } from './reach.ts'
import { createNameResolver, type NameResolver, type Resolution } from './resolver.ts'
import { secure, type SecureConnection, type SecureOptions } from './secure.ts'
import { allowedMs, endPhase, type Trace, unlessStopped, untilStopped } from './trace.ts'

const RESOLVE_LIMIT_MS = 2_000
const CONNECT_LIMIT_MS = 5_000
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

/** `host` is a name or an IP address, as URL.hostname spells it. */
export type Endpoint = { host: string; port: number }

export type Connection = { ok: true; socket: net.Socket } | Failure

/** A datagram socket bound to one judged address: it sends nowhere else and hears nobody else. */
export type DatagramConnection = { ok: true; socket: dgram.Socket } | Failure

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

/** Resolves the host and judges every address: all that come back may be connected to. */
export async function judgedAddresses(
  outbound: Outbound,
  hostText: string,
  trace: Trace,
): Promise<Resolution> {
  const host = plainHost(hostText)
  const resolution = net.isIP(host) ? literal(host) : await resolveName(outbound, host, trace)
  if (!resolution.ok) return resolution
  return judge(host, resolution.addresses, outbound.policy) ?? resolution
}

/** Connects to one of the host's judged addresses. */
export async function openConnection(
  outbound: Outbound,
  endpoint: Endpoint,
  trace: Trace,
): Promise<Connection> {
  const resolution = await judgedAddresses(outbound, endpoint.host, trace)
  if (!resolution.ok) return resolution
  return connect(resolution.addresses, endpoint.port, peerOf(endpoint), trace)
}

/** As openConnection, then TLS; `name` is the host's own when absent. */
export async function openSecureConnection(
  outbound: Outbound,
  endpoint: Endpoint,
  options: Pick<SecureOptions, 'verify' | 'alpn'> & { name?: string },
  trace: Trace,
): Promise<SecureConnection> {
  const connection = await openConnection(outbound, endpoint, trace)
  if (!connection.ok) return connection
  const { verify, alpn, name = plainHost(endpoint.host) } = options
  const peer = peerOf(endpoint)
  const context = outbound.secureContext
  return secure(connection.socket, { name, peer, verify, alpn, context }, trace)
}

export async function openDatagrams(
  outbound: Outbound,
  endpoint: Endpoint,
  trace: Trace,
): Promise<DatagramConnection> {
  const resolution = await judgedAddresses(outbound, endpoint.host, trace)
  if (!resolution.ok) return resolution
  const [address = ''] = resolution.addresses
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
  trace.remoteAddress = address
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      socket.close()
      resolve(socketFailure(error, peerOf(endpoint)))
    }
    socket.once('error', fail)
    socket.connect(endpoint.port, address, () => {
      socket.off('error', fail)
      resolve({ ok: true, socket })
    })
  })
}

export function peerOf({ host, port }: Endpoint): string {
  return `${host}:${port}`
}

/** URL spells IPv6 in brackets; the last dot of an absolute name belongs to DNS, not to certificates. */
export function plainHost(host: string): string {
  if (host.startsWith('[')) return host.slice(1, -1)
  return host.endsWith('.') ? host.slice(0, -1) : host
}

function literal(address: string): Resolution {
  return { ok: true, addresses: [address] }
}

async function resolveName(outbound: Outbound, name: string, trace: Trace): Promise<Resolution> {
  const from = performance.now()
  const answer = outbound.names.resolve(name, allowedMs(trace, RESOLVE_LIMIT_MS))
  const resolution = (await unlessStopped(trace, answer)) ?? stoppedAt(name)
  endPhase(trace, 'resolveMs', from)
  if (resolution.ok) trace.dnsOk = true
  else if (resolution.errorKind === 'DNS_FAILURE') trace.dnsOk = false
  return resolution
}

function stoppedAt(name: string): Failure {
  return failure('PROBE_FAILURE', `The probe was stopped while it looked up ${name}`)
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
  const socket = untilStopped(trace, net.connect(connectOptions(addresses, port)))
  const trouble = await reach(socket, 'connect', {
    withinMs: allowedMs(trace, CONNECT_LIMIT_MS),
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
