import net from 'node:net'
import tls from 'node:tls'
import type { Failure } from '../core/failure.ts'
import { earliestExpiry, trustFailure } from './certificate.ts'
import { reach } from './reach.ts'
import { allowedMs, endPhase, type Trace, untilStopped } from './trace.ts'

const TLS_LIMIT_MS = 5_000

/** `name` is asked for and looked for in the certificate; without `alpn` no protocol is offered. */
export type SecureOptions = {
  name: string
  peer: string
  verify: boolean
  alpn?: string[]
  context: tls.SecureContext
}

export type SecureConnection = { ok: true; socket: tls.TLSSocket } | Failure

/** Speaks TLS over an open connection. A certificate that is not to be trusted still tells its expiry. */
export async function secure(
  raw: net.Socket,
  { name, peer, verify, alpn, context }: SecureOptions,
  trace: Trace,
): Promise<SecureConnection> {
  const from = performance.now()
  const connecting = tls.connect({
    socket: raw,
    host: name,
    servername: net.isIP(name) ? '' : name,
    secureContext: context,
    // Judged below, before anything is sent.
    rejectUnauthorized: false,
    ALPNProtocols: alpn,
  })
  const socket = untilStopped(trace, connecting)
  const trouble = await reach(socket, 'secureConnect', {
    withinMs: allowedMs(trace, TLS_LIMIT_MS),
    late: `${peer} did not finish the TLS handshake in time`,
    peer,
  })
  endPhase(trace, 'tlsMs', from)
  if (!trouble) noteExpiry(trace, earliestExpiry(socket))
  const problem = trouble ?? (verify ? trustFailure(socket, name) : null)
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
