import { STATUS_CODES, type IncomingMessage } from 'node:http'
import { needsBody } from '../core/assertion.ts'
import type { CheckRequest, HttpExpectations } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { firstHop, type Hop, nextHop } from '../core/hop.ts'
import { bodyText, isRedirect, statusProblem } from '../core/http-answer.ts'
import { parseTarget } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { decodeBody } from './decoding.ts'
import { type Answer, readBody } from './exchange.ts'
import type { Outbound } from './outbound.ts'
import type { Trace } from './trace.ts'
import { visit } from './visit.ts'

const MAX_REDIRECTS = 5

/**
 * 1. Follow the target through its redirects, each hop guarded. 2. Judge the status. 3. Read the
 * body, keeping it only if an assertion looks at it. 4. Judge the assertions.
 */
export async function checkHttp(
  outbound: Outbound,
  request: CheckRequest<'HTTP'>,
  trace: Trace,
): Promise<Failure | null> {
  const target = parseTarget(request.target)
  if (!target.ok) return failure('BLOCKED_TARGET', `The target ${target.rule}`)
  const { expectations } = request
  const answer = await follow(outbound, firstHop(target.url, expectations), expectations, trace)
  if (!answer.ok) return answer
  try {
    return await judge(request, answer, trace)
  } finally {
    answer.response.socket.destroy()
  }
}

/** The answer at the end of the redirects, if the request wants them followed. Whoever asks closes its socket. */
export async function follow(
  outbound: Outbound,
  first: Hop,
  http: HttpExpectations,
  trace: Trace,
): Promise<Answer | Failure> {
  let hop = first
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await visit(outbound, hop, http.verifyTls, trace)
    if (!answer.ok) return answer
    const status = answer.response.statusCode ?? 0
    trace.httpStatus = status
    const location = http.followRedirects ? locationOf(answer.response, status) : null
    if (location === null) return answer
    answer.response.socket.destroy()
    const next = parseTarget(location, hop.url)
    if (!next.ok) {
      return failure('INVALID_RESPONSE', `${answer.peer} redirects to an address that ${next.rule}`)
    }
    hop = nextHop(hop, next.url, status)
  }
  return failure('TOO_MANY_REDIRECTS', `The target redirects more than ${MAX_REDIRECTS} times`)
}

/** What a check says of an answer whose body is here, or null where no assertion looks at it. */
export async function judgeAnswer(
  request: CheckRequest<'HTTP'>,
  response: IncomingMessage,
  bytes: Buffer | null,
  trace: Trace,
): Promise<Failure | null> {
  const unexpected = judgeStatus(response, request.expectations.expectedStatus)
  return unexpected ?? judgeContent(request, response, bytes, trace)
}

/** Where a redirect leads; null for any other answer. Servers write UTF-8 and spaces into it as they are. */
function locationOf({ headers }: IncomingMessage, status: number): string | null {
  if (!isRedirect(status) || headers.location === undefined) return null
  const text = Buffer.from(headers.location, 'latin1').toString('utf8')
  return text.trim().replaceAll(' ', '%20')
}

async function judge(
  request: CheckRequest<'HTTP'>,
  answer: Answer,
  trace: Trace,
): Promise<Failure | null> {
  const unexpected = judgeStatus(answer.response, request.expectations.expectedStatus)
  if (unexpected) {
    trace.latencyMs = performance.now() - trace.startedAt
    return unexpected
  }
  const keepBody = needsBody(request.assertions)
  const body = await readBody(answer, keepBody, trace)
  if (!body.ok) return body
  trace.latencyMs = performance.now() - trace.startedAt
  return judgeContent(request, answer.response, keepBody ? body.bytes : null, trace)
}

function judgeStatus(
  response: IncomingMessage,
  expected: HttpExpectations['expectedStatus'],
): Failure | null {
  const status = response.statusCode ?? 0
  const problem = statusProblem(status, STATUS_CODES[status], expected)
  return problem === null ? null : failure('UNEXPECTED_STATUS', problem)
}

async function judgeContent(
  request: CheckRequest<'HTTP'>,
  { statusCode = 0, headers }: IncomingMessage,
  bytes: Buffer | null,
  trace: Trace,
): Promise<Failure | null> {
  const decoding = bytes && (await decodeBody(bytes, headers['content-encoding']))
  if (decoding && !decoding.ok) return decoding
  const body = decoding && bodyText(decoding.bytes, headers['content-type'])
  return judgeFound(request.assertions, { status: statusCode, headers, body }, trace)
}
