import type { TLSSocket } from 'node:tls'
import type { CheckRequest } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { parseEndpoint } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { chainLinks, leafFailure, trustFailure } from './certificate.ts'
import { openSecureConnection, type Outbound, plainHost } from './outbound.ts'
import type { Trace } from './trace.ts'

/**
 * 1. Shake hands. 2. Note what was presented. 3. Judge the certificate: all of its chain, or where
 * `verifyChain` is off its own dates and names alone. 4. Judge the assertions.
 */
export async function checkTls(
  outbound: Outbound,
  request: CheckRequest<'TLS'>,
  trace: Trace,
): Promise<Failure | null> {
  const target = parseEndpoint(request.target)
  if (!target.ok) return failure('BLOCKED_TARGET', `The target ${target.rule}`)
  const { serverName, verifyChain } = request.expectations
  const name = serverName ?? plainHost(target.host)
  const connection = await openSecureConnection(outbound, target, { name, verify: false }, trace)
  if (!connection.ok) return connection
  const { socket } = connection
  trace.latencyMs = performance.now() - trace.startedAt
  trace.details = detailsOf(socket)
  const trouble = verifyChain ? trustFailure(socket, name) : leafFailure(socket, name, Date.now())
  socket.destroy()
  trace.tlsOk = !trouble
  return trouble ?? judgeFound(request.assertions, {}, trace)
}

function detailsOf(socket: TLSSocket): Trace['details'] {
  const protocol = socket.getProtocol() ?? 'unknown'
  return {
    kind: 'TLS',
    protocol,
    cipher: socket.getCipher().standardName,
    chain: chainLinks(socket),
  }
}
