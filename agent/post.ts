import type { IncomingHttpHeaders } from 'node:http'
import type { Failure } from '../core/failure.ts'
import type { Hop } from '../core/hop.ts'
import { bodyText } from '../core/http-answer.ts'
import { readStart } from './exchange.ts'
import type { Outbound } from './outbound.ts'
import { allowedMs, startTrace } from './trace.ts'
import { visit } from './visit.ts'

const USER_AGENT = 'Pharos/0.1 (alerts)'
/** Whoever has not said by then that it took the message is asked again later. */
const ANSWER_LIMIT_MS = 10_000
/** Beyond the status the answer is only read to say why. */
const BODY_LIMIT_MS = 2_000
const MAX_BODY_BYTES = 64 * 1024

export type PostRequest = { url: URL; headers: Record<string, string>; body: string }

/** `headers` in lower case; `body` its first 64 KB, as far as they came. */
export type PostReply = {
  ok: true
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Sends one message to an address that a user gave, within 10 s whatever comes back. A redirect is an answer, and not followed. */
export async function post(
  outbound: Outbound,
  { url, headers, body }: PostRequest,
): Promise<PostReply | Failure> {
  const trace = startTrace(ANSWER_LIMIT_MS)
  const named = Object.entries(headers).map(([name, value]) => ({ name, value }))
  const own = [
    { name: 'User-Agent', value: USER_AGENT },
    { name: 'Accept-Encoding', value: 'identity' },
  ]
  const hop: Hop = { url, method: 'POST', headers: [...own, ...named], body, auth: null }
  const answer = await visit(outbound, hop, true, trace)
  if (!answer.ok) return answer
  const { statusCode: status = 0, headers: answered, socket } = answer.response
  const withinMs = allowedMs(trace, BODY_LIMIT_MS)
  const bytes = await readStart(answer, { mostBytes: MAX_BODY_BYTES, withinMs })
  socket.destroy()
  return { ok: true, status, headers: answered, body: bodyText(bytes, answered['content-type']) }
}
