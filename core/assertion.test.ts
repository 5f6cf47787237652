import { describe, expect, test } from 'vitest'
import { cpuMsOf } from '../test/cpu.ts'
import { pseudoRandom } from '../test/pseudo-random.ts'
import { type AssertedResponse, judgeAssertions, sourcesOf } from './assertion.ts'
import type { Assertion, AssertionSource, Comparison } from './check.ts'

const NOW = Date.parse('2026-11-20T00:00:00Z')
const DAY_MS = 86_400_000

const response: AssertedResponse = {
  status: 200,
  headers: {
    'content-type': 'application/json',
    'x-remaining': '17',
    'set-cookie': ['a=1', 'b=2'],
    'x-empty': '',
  },
  body: JSON.stringify({
    status: 'degraded',
    count: 3,
    ratio: 1.25,
    ready: true,
    nothing: null,
    text: '',
    parts: [
      { name: 'db', state: 'ok' },
      { name: 'cache', state: 'slow' },
    ],
    tags: ['a', 'b'],
    nested: { a: 1, b: [2] },
  }),
  records: ['10 mx1.example.com', '20 mx2.example.com'],
  latencyMs: 812.44,
  certificateExpiresAt: NOW + 13.96 * DAY_MS,
  now: NOW,
}

type Terms = [
  source: AssertionSource,
  property: string | null,
  comparison: Comparison,
  target: string | null,
]

/** An assertion, and null if it holds or else its message. */
type Row = [...Terms, message: string | null]

describe('STATUS', () => {
  test.each([
    ['STATUS', null, 'EQUALS', '200', null],
    ['STATUS', null, 'EQUALS', '201', 'Status is 200, expected to equal 201'],
    ['STATUS', null, 'NOT_EQUALS', '200', 'Status is 200, expected not to equal 200'],
    ['STATUS', null, 'LESS_THAN', '201', null],
    ['STATUS', null, 'LESS_THAN', '200', 'Status is 200, expected to be less than 200'],
    ['STATUS', null, 'GREATER_THAN', '199', null],
    ['STATUS', null, 'GREATER_THAN', '200', 'Status is 200, expected to be greater than 200'],
  ] satisfies Row[])('%s %s %s %s: %s', judge)
})

describe('HEADER', () => {
  test.each([
    ['HEADER', 'Content-Type', 'EQUALS', 'application/json', null],
    [
      'HEADER',
      'content-type',
      'CONTAINS',
      'html',
      'Header content-type is "application/json", expected to contain "html"',
    ],
    ['HEADER', 'content-type', 'MATCHES', '^application/', null],
    [
      'HEADER',
      'content-type',
      'NOT_MATCHES',
      'json$',
      'Header content-type is "application/json", expected not to match "json$"',
    ],
    ['HEADER', 'x-remaining', 'GREATER_THAN', '16.5', null],
    [
      'HEADER',
      'x-remaining',
      'LESS_THAN',
      '17',
      'Header x-remaining is "17", expected to be less than 17',
    ],
    [
      'HEADER',
      'content-type',
      'GREATER_THAN',
      '1',
      'Header content-type is "application/json", expected to be greater than 1',
    ],
    [
      'HEADER',
      'x-empty',
      'GREATER_THAN',
      '-1',
      'Header x-empty is "", expected to be greater than -1',
    ],
    ['HEADER', 'set-cookie', 'EQUALS', 'a=1, b=2', null],
    ['HEADER', 'x-empty', 'EXISTS', null, null],
    ['HEADER', 'x-none', 'EXISTS', null, 'Header x-none is missing, expected to exist'],
    ['HEADER', 'x-none', 'NOT_EXISTS', null, null],
    ['HEADER', 'x-none', 'EQUALS', '', 'Header x-none is missing, expected to equal ""'],
    ['HEADER', 'x-none', 'NOT_EQUALS', 'a', null],
    ['HEADER', 'x-none', 'NOT_CONTAINS', 'a', null],
    ['HEADER', 'constructor', 'EXISTS', null, 'Header constructor is missing, expected to exist'],
    ['HEADER', '__proto__', 'EXISTS', null, 'Header __proto__ is missing, expected to exist'],
  ] satisfies Row[])('%s %s %s %s: %s', judge)
})

describe('BODY', () => {
  test.each([
    ['BODY', null, 'CONTAINS', '"count":3', null],
    ['BODY', null, 'CONTAINS', 'healthy', 'Body was expected to contain "healthy"'],
    ['BODY', null, 'NOT_CONTAINS', 'degraded', 'Body was expected not to contain "degraded"'],
    ['BODY', null, 'MATCHES', '(?i)DEGRADED', null],
    ['BODY', null, 'EQUALS', 'ok', 'Body was expected to equal "ok"'],
  ] satisfies Row[])('%s %s %s %s: %s', judge)
})

describe('JSON', () => {
  test.each([
    ['JSON', '$.status', 'EQUALS', 'degraded', null],
    ['JSON', '$.status', 'EQUALS', 'ok', 'JSON $.status is "degraded", expected to equal "ok"'],
    ['JSON', '$.count', 'EQUALS', '3.0', null],
    ['JSON', '$.count', 'EQUALS', '', 'JSON $.count is 3, expected to equal ""'],
    ['JSON', '$.ratio', 'EQUALS', '1.3', 'JSON $.ratio is 1.25, expected to equal "1.3"'],
    ['JSON', '$.ready', 'EQUALS', 'true', null],
    ['JSON', '$.nothing', 'EQUALS', 'null', null],
    ['JSON', '$.nothing', 'EXISTS', null, null],
    ['JSON', '$.text', 'EQUALS', '', null],
    ['JSON', '$.absent', 'EXISTS', null, 'JSON $.absent is missing, expected to exist'],
    ['JSON', '$.absent', 'NOT_EXISTS', null, null],
    [
      'JSON',
      '$.absent',
      'EQUALS',
      'undefined',
      'JSON $.absent is missing, expected to equal "undefined"',
    ],
    ['JSON', '$.nested', 'EQUALS', '{"b":[2],"a":1}', null],
    [
      'JSON',
      '$.nested',
      'EQUALS',
      '{"a":1}',
      'JSON $.nested is an object, expected to equal "{\\"a\\":1}"',
    ],
    ['JSON', '$.tags', 'CONTAINS', 'b', null],
    ['JSON', '$.tags', 'CONTAINS', 'c', 'JSON $.tags is an array of 2, expected to contain "c"'],
    ['JSON', '$.tags', 'MATCHES', 'a', 'JSON $.tags is an array of 2, expected to match "a"'],
    ['JSON', '$.count', 'GREATER_THAN', '2', null],
    ['JSON', '$.count', 'GREATER_THAN', '3', 'JSON $.count is 3, expected to be greater than 3'],
    [
      'JSON',
      '$.status',
      'LESS_THAN',
      '3',
      'JSON $.status is "degraded", expected to be less than 3',
    ],
    ['JSON', '$.parts[*].name', 'MATCHES', '^[a-z]+$', null],
    [
      'JSON',
      '$.parts[*].state',
      'EQUALS',
      'ok',
      'JSON $.parts[*].state is "slow" and 1 more, expected to equal "ok"',
    ],
    ['JSON', '$.parts[?@.name=="db"].state', 'EQUALS', 'ok', null],
    ['JSON', '$.parts[?search(@.name, "ca+che")].state', 'EQUALS', 'slow', null],
    ['JSON', '$.parts[?match(@.name, "cach")].state', 'NOT_EXISTS', null, null],
    ['JSON', '$..state', 'NOT_CONTAINS', 'down', null],
    [
      'JSON',
      '$[',
      'EXISTS',
      null,
      expect.stringContaining('JSON $[ must be a JSONPath such as $.status'),
    ],
  ] satisfies Row[])('%s %s %s %s: %s', judge)

  test('a body that is not JSON is told so', () => {
    expect(outcome(['JSON', '$.a', 'EXISTS', null], { ...response, body: '<html>' })).toBe(
      'JSON $.a cannot be read: the body is not JSON',
    )
  })
})

describe('LATENCY and CERTIFICATE_DAYS', () => {
  test.each([
    ['LATENCY', null, 'LESS_THAN', '813', null],
    ['LATENCY', null, 'LESS_THAN', '500', 'Latency is 812.4 ms, expected to be less than 500 ms'],
    [
      'LATENCY',
      null,
      'GREATER_THAN',
      '812.4',
      'Latency is 812.4 ms, expected to be greater than 812.4 ms',
    ],
    ['CERTIFICATE_DAYS', null, 'GREATER_THAN', '13', null],
    [
      'CERTIFICATE_DAYS',
      null,
      'GREATER_THAN',
      '14',
      'Time until the certificate expires is 13.9 days, expected to be greater than 14 days',
    ],
  ] satisfies Row[])('%s %s %s %s: %s', judge)

  test('without certificate there are no days', () => {
    const plain = { ...response, certificateExpiresAt: null }
    expect(outcome(['CERTIFICATE_DAYS', null, 'GREATER_THAN', '14'], plain)).toBe(
      'Time until the certificate expires is missing, expected to be greater than 14 days',
    )
  })
})

describe('DNS_RECORD', () => {
  const one = '10 mx1.example.com'
  test.each([
    ['DNS_RECORD', null, 'EQUALS', '20 mx2.example.com', null],
    [
      'DNS_RECORD',
      null,
      'EQUALS',
      '30 mx3.example.com',
      `DNS record is "${one}" and 1 more, expected to equal "30 mx3.example.com"`,
    ],
    ['DNS_RECORD', null, 'CONTAINS', 'mx2', null],
    [
      'DNS_RECORD',
      null,
      'CONTAINS',
      'mx3',
      `DNS record is "${one}" and 1 more, expected to contain "mx3"`,
    ],
    ['DNS_RECORD', null, 'MATCHES', '^20 ', null],
    [
      'DNS_RECORD',
      null,
      'NOT_CONTAINS',
      'mx2',
      'DNS record is "20 mx2.example.com" and 1 more, expected not to contain "mx2"',
    ],
    ['DNS_RECORD', null, 'NOT_EQUALS', 'mx2', null],
    [
      'DNS_RECORD',
      null,
      'NOT_MATCHES',
      '^\\d+ ',
      `DNS record is "${one}" and 1 more, expected not to match "^\\\\d+ "`,
    ],
    ['DNS_RECORD', null, 'EXISTS', null, null],
    [
      'DNS_RECORD',
      null,
      'NOT_EXISTS',
      null,
      `DNS record is "${one}" and 1 more, expected not to exist`,
    ],
  ] satisfies Row[])('%s %s %s %s: %s', judge)

  test.each<[Comparison, string | null, string | null]>([
    ['EQUALS', '', 'DNS record is missing, expected to equal ""'],
    ['NOT_EQUALS', 'a', null],
    ['EXISTS', null, 'DNS record is missing, expected to exist'],
    ['NOT_EXISTS', null, null],
  ])('of none, %s %s: %s', (comparison, target, message) => {
    const none = { ...response, records: [] }
    expect(outcome(['DNS_RECORD', null, comparison, target], none)).toBe(message)
  })
})

describe('what a kind of check does not see', () => {
  const bare: AssertedResponse = { latencyMs: null, now: NOW }
  test.each<[AssertionSource, string | null, string]>([
    ['STATUS', null, 'Status is missing, expected to exist'],
    ['HEADER', 'x', 'Header x is missing, expected to exist'],
    ['LATENCY', null, 'Latency is missing, expected to exist'],
    ['DNS_RECORD', null, 'DNS record is missing, expected to exist'],
    ['CERTIFICATE_DAYS', null, 'Time until the certificate expires is missing, expected to exist'],
  ])('is missing: %s', (source, property, message) => {
    expect(outcome([source, property, 'EXISTS', null], bare)).toBe(message)
  })
})

test.each([
  ['HTTP', ['STATUS', 'HEADER', 'BODY', 'JSON', 'LATENCY', 'CERTIFICATE_DAYS']],
  ['TCP', ['LATENCY', 'CERTIFICATE_DAYS']],
  ['PING', ['LATENCY']],
  ['DNS', ['DNS_RECORD', 'LATENCY']],
  ['TLS', ['CERTIFICATE_DAYS', 'LATENCY']],
  ['HEARTBEAT', []],
] as const)('assertions of %s look at %j', (kind, sources) => {
  expect(sourcesOf(kind)).toEqual(sources)
})

test('the first assertion that does not hold is told', () => {
  const assertions = [
    assertionOf('STATUS', null, 'EQUALS', '200'),
    assertionOf('STATUS', null, 'EQUALS', '1'),
    assertionOf('STATUS', null, 'EQUALS', '2'),
  ]
  expect(judgeAssertions(assertions, response)).toEqual({
    message: 'Status is 200, expected to equal 1',
  })
})

describe('all assertions share one budget of work', () => {
  const small: Terms = ['BODY', null, 'NOT_MATCHES', 'error|fatal']
  const large: Terms = ['BODY', null, 'NOT_MATCHES', '[ab]*a[ab]{200}[cd]']
  const inPath: Terms = ['JSON', '$[?search(@, "x")]', 'NOT_EXISTS', null]
  const lookUp: Terms = ['JSON', '$.a.b', 'NOT_EXISTS', null]
  const walk: Terms = ['JSON', '$..a', 'NOT_EXISTS', null]
  const tooLong = 'The answer is too long for so many patterns and paths'
  test.each<[string, Terms[], number, string | null]>([
    ['three small ones search the largest body', Array(3).fill(small), 1_000_000, null],
    ['four do not', Array(4).fill(small), 1_000_000, tooLong],
    ['a large one searches a page', [large], 14_500, null],
    ['a large one does not search a book', [large], 14_600, tooLong],
    ['two large ones search half as much', [large, large], 7_300, tooLong],
    ['a path that searches counts too', [inPath], 29_557, tooLong],
    ['paths to one value search the largest body', Array(20).fill(lookUp), 1_000_000, null],
    ['two walks search the largest body', Array(2).fill(walk), 1_000_000, null],
    ['three walks do not', Array(3).fill(walk), 1_000_000, tooLong],
  ])('%s', (_, terms, length, message) => {
    const body = JSON.stringify('-'.repeat(length - 2))
    const judged = judgeAssertions(
      terms.map((one) => assertionOf(...one)),
      { ...response, body },
    )
    expect(judged?.message ?? null).toBe(message)
  })

  test('and keep to 0.4 s of CPU with the worst that passes', () => {
    const assertions = [assertionOf(...large)]
    const body = pseudoRandom(14_500)
    const costMs = cpuMsOf(() =>
      expect(judgeAssertions(assertions, { ...response, body })).toBeNull(),
    )
    expect(costMs).toBeLessThan(400)
  })
})

test('headers and records are searched on the same budget', () => {
  const text = '-'.repeat(75_000)
  const long = { ...response, headers: { 'x-long': text }, records: [text] }
  const pattern = '[ab]*a[ab]{200}[cd]'
  const tooLong = 'The answer is too long for so many patterns and paths'
  expect(outcome(['HEADER', 'x-long', 'MATCHES', pattern], long)).toBe(tooLong)
  expect(outcome(['DNS_RECORD', null, 'NOT_MATCHES', pattern], long)).toBe(tooLong)
})

test('a message stays short and never quotes the body', () => {
  const secret = 's3cret'.repeat(10_000)
  const message = outcome(['BODY', null, 'EQUALS', 'x'.repeat(1_000)], {
    ...response,
    body: secret,
  })
  expect(message?.length).toBeLessThan(200)
  expect(message).not.toContain('s3cret')
  const json = { ...response, body: JSON.stringify({ a: secret }) }
  expect(outcome(['JSON', '$.a', 'EQUALS', 'x'], json)?.length).toBeLessThan(200)
})

function judge(...[source, property, comparison, target, message]: Row): void {
  expect(outcome([source, property, comparison, target], response)).toEqual(message)
}

function outcome(terms: Terms, judged: AssertedResponse): string | null {
  return judgeAssertions([assertionOf(...terms)], judged)?.message ?? null
}

function assertionOf(...[source, property, comparison, target]: Terms): Assertion {
  return { source, property, comparison, target }
}
