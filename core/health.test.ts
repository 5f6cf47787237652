import { describe, expect, test } from 'vitest'
import type { CheckRequest, ErrorKind, Finding } from './check.ts'
import {
  contactOf,
  hasTouched,
  hostOf,
  judgeHealth,
  parseReferenceTargets,
  type Symptoms,
  withoutNetwork,
} from './health.ts'

describe('a region that had its first doubtful failure at 10 s', () => {
  type Row = [
    sentence: string,
    nowSeconds: number,
    hosts: string,
    change: Partial<Symptoms>,
    verdict: string,
  ]
  // x cannot be reached, o can: one letter a host.
  const rows: Row[] = [
    [
      'waits while it asks its references',
      10,
      'x',
      { references: 'ASKED' },
      'HOLD until 13: the reference targets are being asked',
    ],
    [
      'believes a single failure while its references are fine',
      10,
      'x',
      { references: 'ANSWERING' },
      'HEALTHY: a reference target answers',
    ],
    [
      'believes a real mass outage',
      30,
      'xxxxxxxx',
      { references: 'ANSWERING' },
      'HEALTHY: a reference target answers',
    ],
    [
      'holds back what it saw while its references are gone',
      12.999,
      'xxxx',
      {},
      'HOLD until 13: no reference target answers, other hosts may',
    ],
    [
      'does not believe itself when most hosts are gone as well',
      13,
      'xxxo',
      {},
      'UNHEALTHY since 10: no reference target answers and 3 of 4 hosts checked since cannot be reached',
    ],
    [
      '... nor when the only host that it had to check is',
      13,
      'x',
      {},
      'UNHEALTHY since 10: no reference target answers and 1 of 1 hosts checked since cannot be reached',
    ],
    [
      '... for as long as that lasts',
      600,
      'xxxx',
      {},
      'UNHEALTHY since 10: no reference target answers and 4 of 4 hosts checked since cannot be reached',
    ],
    [
      'believes itself when half of the hosts are fine',
      13,
      'xxoo',
      {},
      'HEALTHY: no reference target answers, but only 2 of 4 hosts checked since cannot be reached',
    ],
    [
      '... and when most are',
      13,
      'xooo',
      {},
      'HEALTHY: no reference target answers, but only 1 of 4 hosts checked since cannot be reached',
    ],
    [
      'has recovered as soon as a reference answers',
      600,
      'xxxx',
      { references: 'ANSWERING' },
      'HEALTHY: a reference target answers',
    ],
    [
      'has nothing to tell by without references',
      600,
      'xxxx',
      { references: 'NONE' },
      'HEALTHY: there are no reference targets to tell by',
    ],
    [
      'ignores references that never answered where hosts did',
      600,
      'xxxx',
      { areReferencesProven: false },
      'HEALTHY: hosts are reached from here, and the reference targets never were',
    ],
    [
      'does not believe itself before it ever reached anybody',
      13,
      'xx',
      { areReferencesProven: false, isHostReached: false },
      'UNHEALTHY since 10: no reference target answers and 2 of 2 hosts checked since cannot be reached',
    ],
  ]
  test.each(rows)('%s', (_, nowSeconds, letters, change, expected) => {
    const hosts = new Map(letters.split('').map((letter, index) => [`h${index}`, letter === 'o']))
    const verdict = judgeHealth(
      {
        since: 10_000,
        hosts,
        references: 'GONE',
        areReferencesProven: true,
        isHostReached: true,
        ...change,
      },
      nowSeconds * 1_000,
    )
    const when =
      verdict.health === 'HOLD'
        ? ` until ${verdict.until / 1_000}`
        : verdict.health === 'UNHEALTHY'
          ? ` since ${verdict.since / 1_000}`
          : ''
    expect(`${verdict.health}${when}: ${verdict.reason}`).toBe(expected)
  })
})

describe('a finding', () => {
  test.each<[string, ErrorKind | null, Partial<Finding>, string]>([
    ['that is up reached its host', null, {}, 'REACHED'],
    ['that is refused did too', 'CONNECTION_REFUSED', {}, 'REACHED'],
    ['with a wrong status did too', 'UNEXPECTED_STATUS', {}, 'REACHED'],
    ['that lost some packets did too', 'PACKET_LOSS', { details: ping(3) }, 'REACHED'],
    ['that lost all did not', 'PACKET_LOSS', { details: ping(0) }, 'FAILED'],
    ['without an answer did not', 'TIMEOUT', {}, 'FAILED'],
    ['without a route did not', 'CONNECTION_FAILED', {}, 'FAILED'],
    ['without a name did not', 'DNS_FAILURE', {}, 'FAILED'],
    ['that the probe could not make did not', 'PROBE_FAILURE', {}, 'FAILED'],
    ['that was not allowed says nothing', 'BLOCKED_TARGET', {}, 'NONE'],
  ])('%s', (_, errorKind, change, contact) => {
    expect(contactOf(finding(errorKind, change))).toBe(contact)
  })

  test('of a connection that stood and went silent has touched its host', () => {
    const phases = { ...finding(null).phases, connectMs: 3 }
    expect(hasTouched(finding('TIMEOUT', { phases, remoteAddress: '192.0.2.1' }))).toBe(true)
    expect(hasTouched(finding('TIMEOUT', { phases }))).toBe(false)
    expect(hasTouched(finding('TIMEOUT', { remoteAddress: '192.0.2.1' }))).toBe(false)
  })

  test('without a network says nothing of the target, and what it saw', () => {
    const seen = finding('DNS_FAILURE', { dnsOk: false, message: 'shop.example has no address' })
    expect(withoutNetwork(seen, 'no reference target answers')).toMatchObject({
      outcome: 'UNKNOWN',
      errorKind: 'PROBE_FAILURE',
      dnsOk: null,
      message:
        "The probe's own network is gone: no reference target answers. It saw: shop.example has no address",
    })
  })
})

test.each<[CheckRequest['kind'], string, string]>([
  ['HTTP', 'https://shop.example.com:8443/cart', 'shop.example.com'],
  ['TCP', '[2606:4700::1111]:443', '[2606:4700::1111]'],
  ['TLS', 'shop.example.com:443', 'shop.example.com'],
  ['PING', 'shop.example.com', 'shop.example.com'],
  ['DNS', 'example.com', '9.9.9.9'],
])('%s of %s asks %s', (kind, target, host) => {
  const expectations = { resolver: '9.9.9.9' }
  expect(hostOf({ kind, target, expectations } as CheckRequest)).toBe(host)
})

test.each([
  ['none', []],
  ['1.1.1.1:443', [{ host: '1.1.1.1', port: 443 }]],
  [
    'gateway.lan:80, [fd00::1]:53',
    [
      { host: 'gateway.lan', port: 80 },
      { host: '[fd00::1]', port: 53 },
    ],
  ],
  [
    '1.1.1.1',
    { problem: 'each one must be a host and a port such as example.com:443, or none in all' },
  ],
])('the reference targets %j', (text, expected) => {
  expect(parseReferenceTargets(text)).toEqual(expected)
})

function ping(received: number): Finding['details'] {
  return { kind: 'PING', sent: 4, received, minMs: null, maxMs: null }
}

function finding(errorKind: ErrorKind | null, change: Partial<Finding> = {}): Finding {
  return {
    outcome: errorKind ? 'DOWN' : 'UP',
    errorKind,
    message: errorKind,
    httpStatus: null,
    dnsOk: null,
    tlsOk: null,
    contentOk: null,
    latencyMs: null,
    phases: { resolveMs: null, connectMs: null, tlsMs: null, processingMs: null, transferMs: null },
    certificateExpiresAt: null,
    remoteAddress: null,
    details: null,
    ...change,
  }
}
