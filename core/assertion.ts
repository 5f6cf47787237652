import { brokenInWords, labelOf } from './assertion-words.ts'
import type { Assertion, AssertionSource, WatchKind } from './check.ts'
import { holds } from './comparison.ts'
import { compileJsonPath, type Json } from './json-path.ts'
import { compilePattern } from './pattern.ts'

const DAY_MS = 86_400_000
/**
 * For all assertions of one check together: they hold the thread for 0.4 s of CPU at most. The worst
 * patterns took up to 65 ns a step, 0.2 s for all: a machine half as fast keeps the promise too.
 */
const MAX_SEARCH_STEPS = 3_000_000

/**
 * What assertions look at; nothing is found in what a kind of check leaves out. `body` is null when it
 * was not read; `records` are in canonical text (core/dns-answer.ts); instants are epoch milliseconds.
 */
export type AssertedResponse = {
  status?: number
  headers?: Record<string, string | string[] | undefined>
  body?: string | null
  records?: string[]
  latencyMs: number | null
  certificateExpiresAt?: number | null
  now: number
}

const SOURCES: Record<WatchKind, AssertionSource[]> = {
  HTTP: ['STATUS', 'HEADER', 'BODY', 'JSON', 'LATENCY', 'CERTIFICATE_DAYS'],
  TCP: ['LATENCY', 'CERTIFICATE_DAYS'],
  PING: ['LATENCY'],
  DNS: ['DNS_RECORD', 'LATENCY'],
  TLS: ['CERTIFICATE_DAYS', 'LATENCY'],
  HEARTBEAT: [],
}

/** What assertions of a monitor of this kind can look at. */
export function sourcesOf(kind: WatchKind): AssertionSource[] {
  return SOURCES[kind]
}

/** The first assertion that does not hold, in one sentence that never quotes the body; null when all hold. */
export function judgeAssertions(
  assertions: Assertion[],
  response: AssertedResponse,
): { message: string } | null {
  const body = { text: response.body ?? '', json: undefined }
  let stepsLeft = MAX_SEARCH_STEPS
  for (const assertion of assertions) {
    stepsLeft -= searchSteps(assertion, response)
    if (stepsLeft < 0) return { message: 'The answer is too long for so many patterns and paths' }
    const message = judgeAssertion(assertion, response, body)
    if (message) return { message }
  }
  return null
}

export function needsBody(assertions: Assertion[]): boolean {
  return assertions.some(({ source }) => source === 'BODY' || source === 'JSON')
}

type Found = { ok: true; values: Json[] } | { ok: false; problem: string }

/** The body with its JSON, parsed when the first assertion asks for it. */
type Body = { text: string; json: Found | undefined }

function judgeAssertion(
  assertion: Assertion,
  response: AssertedResponse,
  body: Body,
): string | null {
  const found = find(assertion, response, body)
  if (!found.ok) return `${labelOf(assertion)} ${found.problem}`
  return isMet(assertion, found.values) ? null : brokenInWords(assertion, found.values)
}

/** A name has its records in any order and beside others: one that fits is enough. */
function isMet({ source, comparison, target }: Assertion, values: Json[]): boolean {
  const isOneEnough = source === 'DNS_RECORD' && !comparison.startsWith('NOT_')
  if (!isOneEnough) return holds(values, comparison, target ?? '')
  return values.some((value) => holds([value], comparison, target ?? ''))
}

function find(assertion: Assertion, response: AssertedResponse, body: Body): Found {
  switch (assertion.source) {
    case 'STATUS':
      return present(response.status ?? null)
    case 'HEADER':
      return present(headerOf(response, assertion.property ?? ''))
    case 'BODY':
      return present(body.text)
    case 'JSON':
      return findInJson(assertion.property ?? '', body)
    case 'LATENCY':
      return present(response.latencyMs === null ? null : inTenths(response.latencyMs))
    case 'CERTIFICATE_DAYS':
      return present(daysUntil(response.certificateExpiresAt ?? null, response.now))
    case 'DNS_RECORD':
      return { ok: true, values: response.records ?? [] }
  }
}

function present(value: string | number | null): Found {
  return { ok: true, values: value === null ? [] : [value] }
}

function headerOf({ headers = {} }: AssertedResponse, name: string): string | null {
  const key = name.toLowerCase()
  const value = Object.hasOwn(headers, key) ? headers[key] : undefined
  return Array.isArray(value) ? value.join(', ') : (value ?? null)
}

function findInJson(property: string, body: Body): Found {
  const path = compileJsonPath(property)
  if (!path.ok) return { ok: false, problem: path.rule }
  body.json ??= parseJson(body.text)
  if (!body.json.ok) return body.json
  const selection = path.select(body.json.values[0])
  return selection.ok ? selection : { ok: false, problem: selection.rule }
}

function parseJson(text: string): Found {
  try {
    return { ok: true, values: [JSON.parse(text) as Json] }
  } catch {
    return { ok: false, problem: 'cannot be read: the body is not JSON' }
  }
}

function daysUntil(expiresAt: number | null, now: number): number | null {
  return expiresAt === null ? null : inTenths((expiresAt - now) / DAY_MS)
}

/** What is compared is what the message shows; 13.96 days are not 14 yet. */
function inTenths(value: number): number {
  return Math.floor(value * 10) / 10
}

/** An upper bound of the work: what a path selects from the body is no longer than the body. */
function searchSteps(assertion: Assertion, response: AssertedResponse): number {
  const { source, property, comparison, target } = assertion
  const isPattern = comparison === 'MATCHES' || comparison === 'NOT_MATCHES'
  const pattern = isPattern ? compilePattern(target ?? '') : null
  const path = source === 'JSON' ? compileJsonPath(property ?? '') : null
  const size = (pattern?.ok ? pattern.size : 0) + (path?.ok ? path.size : 0)
  return size === 0 ? 0 : size * searchedLength(assertion, response)
}

function searchedLength({ source, property }: Assertion, response: AssertedResponse): number {
  switch (source) {
    case 'BODY':
    case 'JSON':
      return response.body?.length ?? 0
    case 'HEADER':
      return headerOf(response, property ?? '')?.length ?? 0
    case 'DNS_RECORD':
      return response.records?.reduce((sum, record) => sum + record.length, 0) ?? 0
    default:
      return 0
  }
}
