import type { Assertion, AssertionSource, Comparison } from './check.ts'
import { holds } from './comparison.ts'
import type { Json } from './json-path.ts'

const MAX_SHOWN_LENGTH = 100

/** What an assertion looks at, as sentences call it. */
export function labelOf({ source, property }: Assertion): string {
  return property === null ? LABELS[source] : `${LABELS[source]} ${shorten(property)}`
}

/** What was found and what was expected, in one sentence that never quotes the body. */
export function brokenInWords(assertion: Assertion, found: Json[]): string {
  const label = labelOf(assertion)
  const expected = `expected ${inWords(assertion)}`
  if (assertion.source === 'BODY') return `${label} was ${expected}`
  return `${label} is ${show(found, assertion)}, ${expected}`
}

const LABELS: Record<AssertionSource, string> = {
  STATUS: 'Status',
  HEADER: 'Header',
  BODY: 'Body',
  JSON: 'JSON',
  LATENCY: 'Latency',
  CERTIFICATE_DAYS: 'Time until the certificate expires',
  DNS_RECORD: 'DNS record',
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

function inWords({ source, comparison, target }: Assertion): string {
  if (comparison === 'EXISTS' || comparison === 'NOT_EXISTS') return WORDS[comparison]
  const isNumber = source === 'STATUS' || comparison.endsWith('_THAN')
  const text = target ?? ''
  return `${WORDS[comparison]} ${isNumber ? text + unitOf(source) : JSON.stringify(shorten(text))}`
}

/** Of several values the first that breaks the assertion. */
function show(values: Json[], { source, comparison, target }: Assertion): string {
  const first = values.find((value) => !holds([value], comparison, target ?? '')) ?? values[0]
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
