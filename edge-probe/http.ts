import { needsBody } from '../core/assertion.ts'
import type { CheckRequest, HttpExpectations } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { firstHop, type Hop, nextHop } from '../core/hop.ts'
import { bodyText, isRedirect, statusProblem } from '../core/http-answer.ts'
import { parseTarget } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { concatenate, readChunks } from './body.ts'
import { type Answer, limitationOf, visit } from './exchange.ts'
import { fetchFailure } from './failure.ts'
import type { Outbound } from './outbound.ts'
import { endPhase, type Trace } from './trace.ts'

export const MAX_REDIRECTS = 5
const MAX_BODY_BYTES = 1024 * 1024

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
  const limitation = limitationOf(expectations)
  if (limitation) return failure('PROBE_FAILURE', limitation)
  const answer = await follow(outbound, firstHop(target.url, expectations), expectations, trace)
  return answer.ok ? judge(request, answer, trace) : answer
}

async function follow(
  outbound: Outbound,
  first: Hop,
  http: HttpExpectations,
  trace: Trace,
): Promise<Answer | Failure> {
  let hop = first
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await visit(outbound, hop, http.verifyTls, trace)
    if (!answer.ok) return answer
    const { response, peer } = answer
    trace.httpStatus = response.status
    const location = http.followRedirects ? locationOf(response) : null
    if (location === null) return answer
    await response.body?.cancel()
    const next = parseTarget(location, hop.url)
    if (!next.ok) {
      return failure('INVALID_RESPONSE', `${peer} redirects to an address that ${next.rule}`)
    }
    hop = nextHop(hop, next.url, response.status)
  }
  return failure('TOO_MANY_REDIRECTS', `The target redirects more than ${MAX_REDIRECTS} times`)
}

/** Where a redirect leads; null for any other answer. Servers write spaces into it as they are. */
function locationOf({ status, headers }: Response): string | null {
  const location = isRedirect(status) ? headers.get('location') : null
  return location?.trim().replaceAll(' ', '%20') ?? null
}

async function judge(
  request: CheckRequest<'HTTP'>,
  answer: Answer,
  trace: Trace,
): Promise<Failure | null> {
  const { status, statusText, body } = answer.response
  const problem = statusProblem(status, statusText, request.expectations.expectedStatus)
  if (problem) {
    trace.latencyMs = performance.now() - trace.startedAt
    await body?.cancel()
    return failure('UNEXPECTED_STATUS', problem)
  }
  const reading = await readBody(answer, needsBody(request.assertions), trace)
  if (!reading.ok) return reading
  trace.latencyMs = performance.now() - trace.startedAt
  const headers = headersOf(answer.response)
  return judgeFound(request.assertions, { status, headers, body: reading.text }, trace)
}

/** Reads at most 1 MB: a body that is kept must fit, one that is only measured is cut there. */
async function readBody({ response, peer }: Answer, keep: boolean, trace: Trace) {
  const from = performance.now()
  const chunks: Uint8Array[] = []
  const take = (chunk: Uint8Array) => keep && chunks.push(chunk)
  try {
    const isWhole = await readChunks(response, MAX_BODY_BYTES, take)
    if (keep && !isWhole) return tooLarge()
  } catch (error) {
    return fetchFailure(error, peer)
  } finally {
    endPhase(trace, 'transferMs', from)
  }
  const contentType = response.headers.get('content-type') ?? ''
  return { ok: true as const, text: keep ? bodyText(concatenate(chunks), contentType) : null }
}

function headersOf({ headers }: Response): Record<string, string | string[]> {
  return { ...Object.fromEntries(headers), 'set-cookie': headers.getSetCookie() }
}

function tooLarge(): Failure {
  return failure(
    'BODY_TOO_LARGE',
    'The body is larger than 1 MB, the most an assertion can look at',
  )
}
