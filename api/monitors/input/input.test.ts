import { describe, expect, it } from 'vitest'
import { parseCidrs } from '../../../core/address.ts'
import { testScope } from '../../../test/scope.ts'
import { type MonitorInput, parseNewMonitor } from './input.ts'
import { shop } from './testing/inputs.ts'

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
})

describe('what the operator opened', () => {
  it('may be watched', () => {
    const opened = parseCidrs('127.0.0.0/8')
    const allow = 'cidrs' in opened ? opened.cidrs : []
    const input = { ...shop, target: 'http://127.0.0.1:8080/' }
    expect(parseNewMonitor(input, { ...testScope, outbound: { allow } }).target).toBe(input.target)
  })
})
