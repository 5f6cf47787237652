import { type Failure, failure } from '../core/failure.ts'
import { parseIp } from '../core/ip.ts'
import { untilDeadline } from './deadline.ts'
import { diagnose } from './diagnosis.ts'
import { socketFailure } from './failure.ts'
import { type Endpoint, openSocket, type Outbound, peerOf, plainHost } from './outbound.ts'
import type { Trace } from './trace.ts'

export type Connection = { ok: true; socket: Socket } | Failure

/** Opens a connection, with TLS from the first byte if asked. Every certificate is verified. */
export async function openConnection(
  outbound: Outbound,
  endpoint: Endpoint,
  { tls, verifyTls }: { tls: boolean; verifyTls: boolean },
  trace: Trace,
): Promise<Connection> {
  const connection = await open(outbound, endpoint, tls, trace)
  if (connection.ok) {
    if (tls) trace.tlsOk = true
    if (!parseIp(plainHost(endpoint.host))) trace.dnsOk = true
    return connection
  }
  const trouble = tls ? await explainTls(outbound, endpoint, connection, trace) : connection
  if (trouble.errorKind !== 'TLS_FAILURE')
    return diagnose(outbound, { host: endpoint.host, by: 'SOCKET', trouble }, trace)
  trace.tlsOk = verifyTls ? false : null
  return verifyTls ? trouble : failure('PROBE_FAILURE', UNVERIFIABLE)
}

const UNVERIFIABLE =
  'From the edge every certificate is verified, and this one is not to be trusted'

/** Whether it was TLS that failed: then the same without it succeeds. The platform does not tell. */
async function explainTls(
  outbound: Outbound,
  endpoint: Endpoint,
  trouble: Failure,
  trace: Trace,
): Promise<Failure> {
  if (trouble.errorKind === 'BLOCKED_TARGET' || trouble.errorKind === 'TIMEOUT') return trouble
  const bare = await open(outbound, endpoint, false, trace)
  if (!bare.ok) return bare
  await bare.socket.close()
  const peer = peerOf(endpoint)
  return failure(
    'TLS_FAILURE',
    `The TLS handshake with ${peer} failed, or its certificate is not to be trusted`,
  )
}

async function open(
  outbound: Outbound,
  endpoint: Endpoint,
  isSecure: boolean,
  trace: Trace,
): Promise<Connection> {
  const peer = peerOf(endpoint)
  const socket = openSocket(outbound, endpoint, isSecure)
  if ('ok' in socket) return socket
  try {
    const { remoteAddress } = await untilDeadline(socket.opened, trace.deadline)
    trace.remoteAddress = addressOf(remoteAddress)
    return { ok: true, socket }
  } catch (error) {
    await socket.close().catch(ignore)
    if (trace.deadline.aborted)
      return failure('TIMEOUT', `${peer} did not accept a connection in time`)
    return socketFailure(error, peer)
  }
}

/** The platform repeats the name where it does not know the address. */
function addressOf(remote = ''): string | null {
  const address = plainHost(remote.replace(/:\d+$/, ''))
  return parseIp(address) ? address : null
}

function ignore(): void {}
