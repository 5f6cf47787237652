import { describe, expect, it } from 'vitest'
import { parseCidrs } from '../../../core/address.ts'
import { testScope } from '../../../test/scope.ts'
import { Refusal } from '../../refusal.ts'
import { type MonitorInput, parseMonitorChange, parseNewMonitor, parseRepair } from './input.ts'

const shop: MonitorInput = { name: 'Shop', kind: 'HTTP', target: 'https://shop.example.com/' }

function refusalOf(parse: () => unknown): string[] {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'BAD_USER_INPUT') throw error
    return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  }
  return []
}

const basic = (username: string, password: string) => ({ auth: { basic: { username, password } } })
const contains = (target: string | null) =>
  ({ source: 'BODY', property: null, comparison: 'CONTAINS', target }) as const

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
  it('fills in what is left out or null', () => {
    expect(parseNewMonitor({ ...shop, quorum: null, timeoutMs: null }, testScope)).toEqual({
      ...shop,
      intervalSeconds: 60,
      timeoutMs: 10_000,
      regions: ['local'],
      quorum: null,
      failureThreshold: 3,
      recoveryThreshold: 1,
      latencyThresholdMs: null,
      slowThreshold: 3,
      normalThreshold: 3,
      alertEmail: null,
      certificateAlerts: true,
      expectations: {
        method: 'GET',
        headers: [],
        body: null,
        auth: null,
        followRedirects: true,
        verifyTls: true,
        expectedStatus: [{ from: 200, to: 399 }],
      },
      assertions: [],
    })
  })

  it('takes all that can be said', () => {
    const said: MonitorInput = {
      name: '  Shop ',
      kind: 'HTTP',
      target: 'https://shop.example.com/health?deep=1',
      intervalSeconds: 30,
      timeoutMs: 30_000,
      regions: ['local'],
      quorum: 1,
      failureThreshold: 20,
      recoveryThreshold: 2,
      latencyThresholdMs: 30_000,
      slowThreshold: 1,
      normalThreshold: 5,
      alertEmail: 'ada@example.com',
      certificateAlerts: false,
      http: {
        method: 'POST',
        headers: [{ name: 'X-Key', value: 'k' }],
        body: '{"a":1}\n',
        auth: { basic: { username: 'ada', password: 'pass:word' } },
        followRedirects: false,
        verifyTls: false,
        expectedStatus: [{ from: 200 }, { from: 300, to: 302 }],
      },
      assertions: [
        { source: 'STATUS', property: null, comparison: 'EQUALS', target: '200' },
        { source: 'HEADER', property: 'content-type', comparison: 'EXISTS', target: null },
        { source: 'JSON', property: '$.ok', comparison: 'EQUALS', target: 'true' },
        { source: 'BODY', property: null, comparison: 'MATCHES', target: '^\\{.*\\}$' },
        { source: 'LATENCY', property: null, comparison: 'LESS_THAN', target: '250.5' },
      ],
    }
    const { http, ...rest } = said
    expect(parseNewMonitor(said, testScope)).toEqual({
      ...rest,
      name: 'Shop',
      expectations: {
        ...http,
        auth: { type: 'BASIC', username: 'ada', password: 'pass:word' },
        expectedStatus: [
          { from: 200, to: 200 },
          { from: 300, to: 302 },
        ],
      },
    })
  })

  it.each(refusals)('refuses $it', ({ input, says }) => {
    expect(refusalOf(() => parseNewMonitor({ ...shop, ...input }, testScope))).toEqual(says)
  })
})

describe('what the operator opened', () => {
  it('may be watched', () => {
    const opened = parseCidrs('127.0.0.0/8')
    const allow = 'cidrs' in opened ? opened.cidrs : []
    const input = { ...shop, target: 'http://127.0.0.1:8080/' }
    expect(parseNewMonitor(input, { ...testScope, outbound: { allow } }).target).toBe(input.target)
  })
})

describe('parseMonitorChange', () => {
  const stored = parseNewMonitor(
    {
      ...shop,
      quorum: 1,
      alertEmail: 'ada@example.com',
      latencyThresholdMs: 500,
      http: { ...basic('ada', 'secret'), headers: [{ name: 'X-Key', value: 'secret' }] },
      assertions: [contains('ok')],
    },
    testScope,
  )
  const change = (input: MonitorInput) => parseMonitorChange(stored, input, testScope)

  it('keeps what is left out', () => {
    expect(change({})).toEqual(stored)
    expect(change({ name: 'Store' })).toEqual({ ...stored, name: 'Store' })
    expect(change({ http: { method: 'HEAD' } })).toEqual({
      ...stored,
      expectations: { ...stored.expectations, method: 'HEAD' },
    })
  })

  it('clears with null what may be empty', () => {
    const cleared = { quorum: null, alertEmail: null, latencyThresholdMs: null }
    expect(change(cleared)).toEqual({ ...stored, ...cleared })
    expect(change({ http: { auth: null } }).expectations).toEqual({
      ...stored.expectations,
      auth: null,
    })
    expect(change({ http: { headers: null } }).expectations).toEqual({
      ...stored.expectations,
      headers: [],
    })
    expect(change({ assertions: null })).toEqual({ ...stored, assertions: [] })
  })

  it('takes all HTTP expectations back to their defaults with null', () => {
    expect(change({ http: null }).expectations).toEqual(
      parseNewMonitor(shop, testScope).expectations,
    )
  })

  it('keeps the value of a header that is named without one', () => {
    const headers = [{ name: 'x-key' }, { name: 'X-New', value: 'new' }]
    expect(change({ http: { headers } }).expectations).toMatchObject({
      headers: [
        { name: 'x-key', value: 'secret' },
        { name: 'X-New', value: 'new' },
      ],
    })
  })

  it('keeps regions whose probe is gone, or no longer runs such checks, and takes no others', () => {
    const regions = ['gone', 'weur']
    const [local] = testScope.regions
    const weur = { region: 'weur', kinds: ['TCP'] as const }
    const scope = { ...testScope, regions: [local!, weur] }
    const changed = parseMonitorChange({ ...stored, regions }, { name: 'Store' }, scope)
    expect(changed).toEqual({ ...stored, regions, name: 'Store' })
    expect(refusalOf(() => parseMonitorChange(stored, { regions }, scope))).toEqual([
      'regions.0 must be one of local, weur',
      'regions.1 cannot run HTTP: what can be checked from weur is TCP',
    ])
  })

  it('refuses null where there must be something', () => {
    expect(refusalOf(() => change({ name: null, intervalSeconds: null, regions: null }))).toEqual([
      'name must not be empty',
      'intervalSeconds must be a whole number from 10 to 86400',
      'regions must be a list',
    ])
  })

  it('leaves a target alone that the operator has closed since, and takes no other there', () => {
    const closed = { ...stored, target: 'http://10.0.0.7/' }
    const edit = (input: MonitorInput) => () => parseMonitorChange(closed, input, testScope)
    expect(edit({ name: 'Store' })()).toEqual({ ...closed, name: 'Store' })
    expect(edit({ target: closed.target, intervalSeconds: 30 })().intervalSeconds).toBe(30)
    expect(refusalOf(edit({ target: 'http://10.0.0.7/health' }))).toEqual([
      'target must not be a private address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=10.0.0.7/32',
    ])
  })

  it('holds what is stored against what is given', () => {
    expect(refusalOf(() => change({ timeoutMs: 400 }))).toEqual([
      'latencyThresholdMs must not exceed timeoutMs: a slower check fails',
    ])
  })
})

describe('parseRepair', () => {
  const { assertions: _, expectations: __, ...plain } = parseNewMonitor(shop, testScope)
  const row = { ...plain, id: 'm', workspaceId: 'w', expectations: 7, secrets: null, assertions: 7 }

  it('asks again for what cannot be read', () => {
    expect(refusalOf(() => parseRepair(row, { name: 'Store', http: {} }, testScope))).toEqual([
      'assertions must be given again: what is stored cannot be read',
    ])
  })

  it('takes the rest from what is stored', () => {
    const input = { name: 'Store', http: { method: 'HEAD' as const }, assertions: [] }
    const repaired = parseRepair(row, input, testScope)
    expect(repaired).toMatchObject({ ...plain, name: 'Store', assertions: [] })
    expect(repaired.expectations).toMatchObject({ method: 'HEAD' })
  })

  it('leaves a target alone that the operator has closed since', () => {
    const closed = { ...row, target: 'http://10.0.0.7/' }
    const repaired = parseRepair(closed, { http: {}, assertions: [] }, testScope)
    expect(repaired.target).toBe(closed.target)
  })
})
