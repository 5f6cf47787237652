import type { CheckRequest } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { firstHop } from '../core/hop.ts'
import { bodyText } from '../core/http-answer.ts'
import { parseTarget } from '../core/target.ts'
import { decodeBody, MAX_BODY_BYTES } from './decoding.ts'
import { type Answer, readStart } from './exchange.ts'
import { follow } from './http.ts'
import type { Outbound } from './outbound.ts'
import { allowedMs, startTrace } from './trace.ts'

const READABLE = /^$|text\/|json|xml|javascript|x-www-form-urlencoded/i

/**
 * What a check's request was answered, as it came. `body` is null where it is nothing to read;
 * `bodyBytes` counts what was sent, to 1 MB at most.
 */
export type Testimony = {
  ok: true
  status: number
  headers: { name: string; value: string }[]
  body: string | null
  bodyBytes: number
}

/** Asks once what a check asks, and keeps the answer instead of judging it. */
export async function witness(
  outbound: Outbound,
  { target, timeoutMs, expectations }: CheckRequest<'HTTP'>,
): Promise<Testimony | Failure> {
  const parsed = parseTarget(target)
  if (!parsed.ok) return failure('BLOCKED_TARGET', `The target ${parsed.rule}`)
  const trace = startTrace(timeoutMs)
  const first = firstHop(parsed.url, expectations)
  const answer = await follow(outbound, first, expectations, trace)
  if (!answer.ok) return answer
  try {
    const limits = { mostBytes: MAX_BODY_BYTES, withinMs: allowedMs(trace) }
    return testimonyOf(answer, await readStart(answer, limits))
  } finally {
    answer.response.socket.destroy()
  }
}

async function testimonyOf({ response }: Answer, bytes: Buffer): Promise<Testimony> {
  const { statusCode: status = 0, headers, rawHeaders } = response
  const type = headers['content-type'] ?? ''
  const decoded = await decodeBody(bytes, headers['content-encoding'])
  const isReadable = decoded.ok && READABLE.test(type)
  return {
    ok: true,
    status,
    headers: pairsOf(rawHeaders),
    body: isReadable ? bodyText(decoded.bytes, type) : null,
    bodyBytes: bytes.length,
  }
}

function pairsOf(rawHeaders: string[]): { name: string; value: string }[] {
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  return names.map((name, index) => ({ name, value: rawHeaders[index * 2 + 1] ?? '' }))
}
