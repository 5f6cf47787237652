import { describe, expect, test } from 'vitest'
import { type AssertedResponse, judgeAssertions, sourcesOf } from './assertion.ts'
import type { AssertionSource, Comparison } from './check.ts'
import { assertionOf, judge, NOW, outcome, response, type Row } from './testing/assertion.ts'

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
