import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../../test/refusal.ts'
import { testScope } from '../../../test/scope.ts'
import { type MonitorInput, parseNewMonitor } from './input.ts'
import { basic, contains, shop } from './testing/inputs.ts'

const refusals: { it: string; input: MonitorInput; says: string[] }[] = [
  { it: 'an empty name', input: { name: ' ' }, says: ['name must not be empty'] },
  {
    it: 'a name of 201 characters',
    input: { name: 'x'.repeat(201) },
    says: ['name must be at most 200 characters'],
  },
  {
    it: 'a line break in the name',
    input: { name: 'a\nb' },
    says: ['name must not contain control characters'],
  },
  {
    it: 'another protocol',
    input: { target: 'ftp://example.com/' },
    says: ['target must start with http:// or https://'],
  },
  {
    it: 'a loopback address, telling what would allow it',
    input: { target: 'http://127.0.0.1:8080/' },
    says: [
      'target must not be a loopback address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=127.0.0.1/32',
    ],
  },
  {
    it: 'the same address as one decimal number',
    input: { target: 'http://2130706433/' },
    says: [
      'target must not be a loopback address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=127.0.0.1/32',
    ],
  },
  {
    it: 'a private IPv6 address',
    input: { target: 'http://[fd00::1]/' },
    says: [
      'target must not be a private address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=fd00::1/128',
    ],
  },
  {
    it: 'an interval just under the least',
    input: { intervalSeconds: 9, timeoutMs: 1_000 },
    says: ['intervalSeconds must be a whole number from 10 to 86400'],
  },
  {
    it: 'an interval just over the most',
    input: { intervalSeconds: 86_401 },
    says: ['intervalSeconds must be a whole number from 10 to 86400'],
  },
  {
    it: 'a timeout longer than the interval',
    input: { intervalSeconds: 10, timeoutMs: 10_001 },
    says: ['timeoutMs must not exceed the interval'],
  },
  {
    it: 'a latency threshold longer than the timeout',
    input: { timeoutMs: 1_000, latencyThresholdMs: 1_001 },
    says: ['latencyThresholdMs must not exceed timeoutMs: a slower check fails'],
  },
  {
    it: 'more votes than regions',
    input: { quorum: 2 },
    says: ['quorum must not exceed the number of regions'],
  },
  { it: 'no region', input: { regions: [] }, says: ['regions must have at least one region'] },
  {
    it: 'a region twice',
    input: { regions: ['local', 'local'] },
    says: ['regions must not repeat a region'],
  },
  {
    it: 'a region without a probe',
    input: { regions: ['moon'] },
    says: ['regions.0 must be one of local, weur'],
  },
  {
    it: 'a second recipient smuggled into the alert e-mail',
    input: { alertEmail: 'a@example.com\r\nBcc: b@example.com' },
    says: ['alertEmail must be one plain e-mail address, such as ada@example.com'],
  },
  {
    it: 'a header that the connection sets',
    input: { http: { headers: [{ name: 'Transfer-Encoding', value: 'chunked' }] } },
    says: ['http.headers.0.name is set by the connection itself and cannot be chosen'],
  },
  {
    it: 'a line break in a header',
    input: { http: { headers: [{ name: 'X-A', value: 'a\r\nX-B: b' }] } },
    says: [
      'http.headers.0.value must not contain line breaks, control characters or characters outside Latin-1',
    ],
  },
  {
    it: 'a header twice',
    input: {
      http: {
        headers: [
          { name: 'X-A', value: 'a' },
          { name: 'x-a', value: 'b' },
        ],
      },
    },
    says: ['http.headers.1.name must not be repeated'],
  },
  {
    it: 'a header without a value',
    input: { http: { headers: [{ name: 'X-A' }] } },
    says: ['http.headers.0.value must not be empty'],
  },
  {
    it: 'credentials beside an Authorization header',
    input: { http: { ...basic('ada', ''), headers: [{ name: 'authorization', value: 'x' }] } },
    says: ['http.auth cannot be combined with an Authorization header'],
  },
  {
    it: 'a colon in a user name',
    input: { http: basic('a:b', 'c') },
    says: ['http.auth.basic.username must not contain a colon'],
  },
  {
    it: 'a bearer token with a space',
    input: { http: { auth: { bearer: { token: 'a b' } } } },
    says: ['http.auth.bearer.token must be letters, digits and -._~+/ only'],
  },
  {
    it: 'a body over 16 KB',
    input: { http: { method: 'POST', body: 'ü'.repeat(8_193) } },
    says: ['http.body must be at most 16384 bytes'],
  },
  {
    it: 'a body that cannot be stored',
    input: { http: { method: 'POST', body: '\0' } },
    says: ['http.body must not contain NUL or half of a surrogate pair'],
  },
  {
    it: 'status ranges outside 100–599',
    input: { http: { expectedStatus: [{ from: 99, to: 600 }] } },
    says: [
      'http.expectedStatus.0.from must be a whole number from 100 to 599',
      'http.expectedStatus.0.to must be a whole number from 100 to 599',
    ],
  },
  {
    it: 'a status range that ends before it begins',
    input: { http: { expectedStatus: [{ from: 300, to: 299 }] } },
    says: ['http.expectedStatus.0.to must not be less than from'],
  },
  {
    it: 'a JSONPath that cannot be read',
    input: {
      assertions: [{ source: 'JSON', property: '$..a..b', comparison: 'EXISTS', target: null }],
    },
    says: ['assertions.0.property must descend with .. at most once'],
  },
  {
    it: 'a pattern that cannot be read',
    input: {
      assertions: [{ source: 'BODY', property: null, comparison: 'MATCHES', target: '(' }],
    },
    says: ['assertions.0.target must be a pattern in RE2 syntax: missing closing ): `(`'],
  },
  {
    it: 'a comparison that its source does not know',
    input: {
      assertions: [{ source: 'LATENCY', property: null, comparison: 'CONTAINS', target: '9' }],
    },
    says: ['assertions.0.comparison must be one of GREATER_THAN, LESS_THAN for LATENCY'],
  },
  {
    it: 'an order with what is no number',
    input: {
      assertions: [{ source: 'LATENCY', property: null, comparison: 'LESS_THAN', target: 'soon' }],
    },
    says: ['assertions.0.target must be a number'],
  },
  {
    it: 'a property where there is none, and none where one is needed',
    input: {
      assertions: [
        { ...contains('a'), property: 'b' },
        { source: 'HEADER', property: null, comparison: 'EXISTS', target: null },
      ],
    },
    says: [
      'assertions.0.property must be left out for BODY',
      'assertions.1.property must be given for HEADER',
    ],
  },
  {
    it: 'a comparison with nothing, and with something where there is nothing to compare',
    input: {
      assertions: [
        contains(null),
        contains(''),
        { source: 'HEADER', property: 'etag', comparison: 'EXISTS', target: 'x' },
      ],
    },
    says: [
      'assertions.0.target must be given for CONTAINS',
      'assertions.1.target must not be empty',
      'assertions.2.target must be left out for EXISTS',
    ],
  },
  {
    it: 'more than 20 assertions',
    input: { assertions: Array.from({ length: 21 }, () => contains('a')) },
    says: ['assertions must have at most 20 entries'],
  },
  {
    it: 'everything at once',
    input: {
      name: '',
      target: 'shop',
      failureThreshold: 0,
      recoveryThreshold: 21,
      quorum: 2,
      http: { headers: [{ name: '', value: '€' }] },
      assertions: [contains(null)],
    },
    says: [
      'name must not be empty',
      'failureThreshold must be a whole number from 1 to 20',
      'recoveryThreshold must be a whole number from 1 to 20',
      'assertions.0.target must be given for CONTAINS',
      'target must be a full address such as https://example.com/health',
      "http.headers.0.name must be a header name: letters, digits and !#$%&'*+-.^_`|~",
      'http.headers.0.value must not contain line breaks, control characters or characters outside Latin-1',
      'quorum must not exceed the number of regions',
    ],
  },
]

describe('parseNewMonitor', () => {
  it.each(refusals)('refuses $it', ({ input, says }) => {
    expect(refusalOf(() => parseNewMonitor({ ...shop, ...input }, testScope))).toEqual(says)
  })
})
