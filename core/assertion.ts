import type { Assertion, AssertionSource, Comparison } from './check.ts'
import { holds } from './comparison.ts'
import { compileJsonPath, type Json } from './json-path.ts'
import { compilePattern } from './pattern.ts'

const DAY_MS = 86_400_000
const MAX_SHOWN_LENGTH = 100
/**
 * For all assertions of one check together: they hold the thread for 0.4 s of CPU at most. The worst
 * patterns took up to 65 ns a step, 0.2 s for all: a machine half as fast keeps the promise too.
 */
const MAX_SEARCH_STEPS = 3_000_000

/** What assertions look at. `body` is null when it was not read; instants are epoch milliseconds. */
export type AssertedResponse = {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string | null
  latencyMs: number
  certificateExpiresAt: number | null
  now: number
}

/** The first assertion that does not hold, in one sentence that never quotes the body; null when all hold. */
export function judgeAssertions(
  assertions: Assertion[],
  response: AssertedResponse,
): { message: string } | null {
  const body = { text: response.body ?? '', json: undefined }
  let stepsLeft = MAX_SEARCH_STEPS
  for (const assertion of assertions) {
    stepsLeft -= searchSteps(assertion, body.text)
    if (stepsLeft < 0) return { message: 'The body is too long for so many patterns and paths' }
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
  const label = labelOf(assertion)
  const found = find(assertion, response, body)
  if (!found.ok) return `${label} ${found.problem}`
  if (holds(found.values, assertion.comparison, assertion.target ?? '')) return null
  const expected = `expected ${inWords(assertion)}`
  if (assertion.source === 'BODY') return `${label} was ${expected}`
  return `${label} is ${show(found.values, assertion.source)}, ${expected}`
}

function find(assertion: Assertion, response: AssertedResponse, body: Body): Found {
  switch (assertion.source) {
    case 'STATUS':
      return present(response.status)
    case 'HEADER':
      return present(headerOf(response.headers, assertion.property ?? ''))
    case 'BODY':
      return present(body.text)
    case 'JSON':
      return findInJson(assertion.property ?? '', body)
    case 'LATENCY':
      return present(inTenths(response.latencyMs))
    case 'CERTIFICATE_DAYS':
      return present(daysUntil(response.certificateExpiresAt, response.now))
  }
}

function present(value: string | number | null): Found {
  return { ok: true, values: value === null ? [] : [value] }
}

function headerOf(headers: AssertedResponse['headers'], name: string): string | null {
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
function searchSteps({ source, property, comparison, target }: Assertion, body: string): number {
  if (source !== 'BODY' && source !== 'JSON') return 0
  const isPattern = comparison === 'MATCHES' || comparison === 'NOT_MATCHES'
  const pattern = isPattern ? compilePattern(target ?? '') : null
  const path = source === 'JSON' ? compileJsonPath(property ?? '') : null
  return body.length * ((pattern?.ok ? pattern.size : 0) + (path?.ok ? path.size : 0))
}

const LABELS: Record<AssertionSource, string> = {
  STATUS: 'Status',
  HEADER: 'Header',
  BODY: 'Body',
  JSON: 'JSON',
  LATENCY: 'Latency',
  CERTIFICATE_DAYS: 'Time until the certificate expires',
}

const WORDS: Record<Comparison, string> = {
  EQUALS: 'to equal',
  NOT_EQUALS: 'not to equal',
  CONTAINS: 'to contain',
  NOT_CONTAINS: 'not to contain',
  MATCHES: 'to match',
  NOT_MATCHES: 'not to match',
  EXISTS: 'to exist',
  NOT_EXISTS: 'not to exist',
  GREATER_THAN: 'to be greater than',
  LESS_THAN: 'to be less than',
}

function labelOf({ source, property }: Assertion): string {
  return property === null ? LABELS[source] : `${LABELS[source]} ${shorten(property)}`
}

function inWords({ source, comparison, target }: Assertion): string {
  if (comparison === 'EXISTS' || comparison === 'NOT_EXISTS') return WORDS[comparison]
  const isNumber = source === 'STATUS' || comparison.endsWith('_THAN')
  const text = target ?? ''
  return `${WORDS[comparison]} ${isNumber ? text + unitOf(source) : JSON.stringify(shorten(text))}`
}

function show(values: Json[], source: AssertionSource): string {
  const [first] = values
  if (first === undefined) return 'missing'
  const shown = showOne(first) + unitOf(source)
  return values.length === 1 ? shown : `${shown} and ${values.length - 1} more`
}

function showOne(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function unitOf(source: AssertionSource): string {
  if (source === 'LATENCY') return ' ms'
  return source === 'CERTIFICATE_DAYS' ? ' days' : ''
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text
}
