import type { Failure } from '../core/failure.ts'
import type { Hop } from '../core/hop.ts'
import { type Answer, sendRequest } from './exchange.ts'
import { messageOf } from './message.ts'
import { openConnection, openSecureConnection, type Outbound } from './outbound.ts'
import type { Trace } from './trace.ts'

const HTTP_1 = ['http/1.1']

/** One request over a guarded connection of its own, up to the headers of its answer. No redirect is followed. */
export async function visit(
  outbound: Outbound,
  hop: Hop,
  verifyTls: boolean,
  trace: Trace,
): Promise<Answer | Failure> {
  const isSecure = hop.url.protocol === 'https:'
  const endpoint = { host: hop.url.hostname, port: Number(hop.url.port) || (isSecure ? 443 : 80) }
  const connection = isSecure
    ? await openSecureConnection(outbound, endpoint, { verify: verifyTls, alpn: HTTP_1 }, trace)
    : await openConnection(outbound, endpoint, trace)
  if (!connection.ok) return connection
  let answer: Answer | Failure | null = null
  try {
    answer = await sendRequest(connection.socket, messageOf(hop), trace)
    return answer
  } finally {
    if (!answer?.ok) connection.socket.destroy()
  }
}
