import type { IncomingMessage } from 'node:http'
import { needsBody } from '../core/assertion.ts'
import type { CheckRequest } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { firstHop } from '../core/hop.ts'
import { bodyText } from '../core/http-answer.ts'
import { parseTarget } from '../core/target.ts'
import { decodeBody, MAX_BODY_BYTES } from './decoding.ts'
import { readStart } from './exchange.ts'
import { follow, judgeAnswer } from './http.ts'
import type { Outbound } from './outbound.ts'
import { allowedMs, startTrace, type Trace } from './trace.ts'

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
  /** Whether a check would have been content with it. */
  isAsExpected: boolean
}

/** Asks once what a check asks, and keeps the answer too; who has stopped does not wait for its end. */
export async function witness(
  outbound: Outbound,
  request: CheckRequest<'HTTP'>,
  stopping: AbortSignal,
): Promise<Testimony | Failure> {
  const parsed = parseTarget(request.target)
  if (!parsed.ok) return failure('BLOCKED_TARGET', `The target ${parsed.rule}`)
  const { timeoutMs, expectations } = request
  const trace = startTrace(timeoutMs, stopping)
  const first = firstHop(parsed.url, expectations)
  const answer = await follow(outbound, first, expectations, trace)
  if (!answer.ok) return answer
  try {
    const limits = { mostBytes: MAX_BODY_BYTES, withinMs: allowedMs(trace) }
    const bytes = await readStart(answer, limits)
    trace.latencyMs = performance.now() - trace.startedAt
    const isAsExpected = await wouldPass(request, answer.response, bytes, trace)
    return { ok: true, ...(await wordsOf(answer.response, bytes)), isAsExpected }
  } finally {
    answer.response.socket.destroy()
  }
}

/** A check too reads no more than 1 MB of a body that no assertion looks at. */
async function wouldPass(
  request: CheckRequest<'HTTP'>,
  response: IncomingMessage,
  bytes: Buffer,
  trace: Trace,
): Promise<boolean> {
  const isLookedAt = needsBody(request.assertions)
  const isWhole = response.complete || (!isLookedAt && bytes.length === MAX_BODY_BYTES)
  return isWhole && !(await judgeAnswer(request, response, isLookedAt ? bytes : null, trace))
}

async function wordsOf(
  { statusCode: status = 0, headers, rawHeaders }: IncomingMessage,
  bytes: Buffer,
): Promise<Omit<Testimony, 'ok' | 'isAsExpected'>> {
  const type = headers['content-type'] ?? ''
  const decoded = await decodeBody(bytes, headers['content-encoding'])
  const isReadable = decoded.ok && READABLE.test(type)
  return {
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
