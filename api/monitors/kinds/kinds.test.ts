import { describe, expect, it } from 'vitest'
import { parseCidrs } from '../../../core/address.ts'
import { refusalOf } from '../../../test/refusal.ts'
import { testScope } from '../../../test/scope.ts'
import { type MonitorInput, parseMonitorChange, parseNewMonitor } from '../input/input.ts'

const inputs = {
  TCP: { name: 'Queue', kind: 'TCP', target: 'queue.example.com:5672' },
  PING: { name: 'Router', kind: 'PING', target: '1.1.1.1' },
  DNS: { name: 'Name', kind: 'DNS', target: 'example.com' },
  TLS: { name: 'Mail', kind: 'TLS', target: 'mail.example.com:465' },
  HEARTBEAT: { name: 'Backup', kind: 'HEARTBEAT' },
} as const satisfies Record<string, MonitorInput>

type Sentence = [what: string, kind: keyof typeof inputs, input: MonitorInput, says: string[]]

const refusals: Sentence[] = [
  [
    'a port that is missing',
    'TCP',
    { target: 'example.com' },
    ['target must be a host and a port such as example.com:443'],
  ],
  [
    'a private address',
    'TCP',
    { target: '10.0.0.1:22' },
    [
      'target must not be a private address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=10.0.0.1/32',
    ],
  ],
  [
    'a pattern that cannot be read',
    'TCP',
    { tcp: { expect: '(' } },
    ['tcp.expect must be a pattern in RE2 syntax: missing closing ): `(`'],
  ],
  [
    'more than 4 KB to send',
    'TCP',
    { tcp: { send: 'x'.repeat(4_097) } },
    ['tcp.send must be at most 4096 bytes'],
  ],
  [
    'an assertion on what the kind does not see',
    'TCP',
    {
      assertions: [{ source: 'BODY', comparison: 'CONTAINS', target: 'ok' }],
    },
    ['assertions.0.source must be one of LATENCY, CERTIFICATE_DAYS for TCP'],
  ],
  [
    'the block of another kind',
    'TCP',
    { http: { method: 'HEAD' }, ping: {} },
    ['http must be left out for TCP', 'ping must be left out for TCP'],
  ],
  [
    'a URL to ping',
    'PING',
    { target: 'https://example.com/' },
    ['target must be a host name or an IP address such as example.com or 1.1.1.1'],
  ],
  [
    'a loopback address however it is spelt',
    'PING',
    { target: '127.1' },
    [
      'target must not be a loopback address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=127.0.0.1/32',
    ],
  ],
  [
    'no packet, and all of them lost',
    'PING',
    { ping: { packets: 0, maxLossPercent: 100 } },
    [
      'ping.packets must be a whole number from 1 to 10',
      'ping.maxLossPercent must be a whole number from 0 to 99',
    ],
  ],
  [
    'a ping from where none can be sent',
    'PING',
    { regions: ['local', 'weur'] },
    ['regions.1 cannot run PING: what can be checked from weur is HTTP, TCP, DNS'],
  ],
  [
    'certificates from where none are seen',
    'TLS',
    { regions: ['weur'] },
    ['regions.0 cannot run TLS: what can be checked from weur is HTTP, TCP, DNS'],
  ],
  [
    'an address to ask DNS for',
    'DNS',
    { target: '1.1.1.1' },
    ['target must be a domain name such as example.com'],
  ],
  [
    'a resolver by name',
    'DNS',
    { dns: { resolver: 'dns.example.com' } },
    ['dns.resolver must be an IP address such as 1.1.1.1 or [2606:4700:4700::1111]:53'],
  ],
  [
    'a private resolver',
    'DNS',
    { dns: { resolver: '192.168.1.1:53' } },
    [
      'dns.resolver must not be a private address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=192.168.1.1/32',
    ],
  ],
  [
    'a server name that is an address',
    'TLS',
    { tls: { serverName: '1.1.1.1' } },
    ['tls.serverName must be a domain name such as example.com'],
  ],
  [
    'of a heartbeat, what nobody goes to look for',
    'HEARTBEAT',
    {
      target: 'https://example.com/',
      intervalSeconds: 60,
      regions: ['local'],
      assertions: [],
    },
    [
      'target must be left out for HEARTBEAT',
      'intervalSeconds must be left out for HEARTBEAT',
      'regions must be left out for HEARTBEAT',
      'assertions must be left out for HEARTBEAT',
    ],
  ],
  [
    'a period beside a cron expression',
    'HEARTBEAT',
    {
      heartbeat: { periodSeconds: 60, cron: '0 3 * * *' },
    },
    ['heartbeat.cron excludes periodSeconds'],
  ],
  [
    'six fields of cron',
    'HEARTBEAT',
    { heartbeat: { cron: '0 0 3 * * *' } },
    ['heartbeat.cron must have five fields, such as 30 2 * * 1-5 for half past two on weekdays'],
  ],
  [
    'a zone that is none, and an offset',
    'HEARTBEAT',
    {
      heartbeat: { cron: '0 3 * * *', timeZone: '+02:00' },
    },
    ['heartbeat.timeZone must be the name of a time zone such as Europe/Berlin'],
  ],
  [
    'a zone without cron',
    'HEARTBEAT',
    { heartbeat: { timeZone: 'Europe/Berlin' } },
    ['heartbeat.timeZone goes with cron'],
  ],
  [
    'a leap day',
    'HEARTBEAT',
    { heartbeat: { cron: '0 0 29 2 *' } },
    ['heartbeat.cron must run at least every 397 days'],
  ],
  [
    'no grace, and more than a week',
    'HEARTBEAT',
    { heartbeat: { graceSeconds: 604_801 } },
    ['heartbeat.graceSeconds must be a whole number from 1 to 604800'],
  ],
]

describe('a new monitor', () => {
  it.each(refusals)('refuses %s', (_, kind, input, says) => {
    const parse = () => parseNewMonitor({ ...inputs[kind], ...input }, testScope)
    expect(refusalOf(parse)).toEqual(says)
  })

  it.each([
    ['TCP', { tls: false, verifyTls: true, send: null, expect: null }],
    ['PING', { packets: 3, maxLossPercent: 50 }],
    ['DNS', { recordType: 'A', resolver: null, responseCode: 'NOERROR' }],
    ['TLS', { serverName: null, verifyChain: true }],
    ['HEARTBEAT', { periodSeconds: 86_400, cron: null, timeZone: null, graceSeconds: 3_600 }],
  ] as const)('of kind %s fills in what is left out', (kind, expectations) => {
    expect(parseNewMonitor(inputs[kind], testScope)).toMatchObject({ kind, expectations })
  })

  it('may ask a resolver that the operator opened', () => {
    const opened = parseCidrs('192.168.0.0/16')
    const outbound = { allow: 'cidrs' in opened ? opened.cidrs : [] }
    const dns = { resolver: '192.168.1.1', recordType: 'MX' as const }
    const settings = parseNewMonitor({ ...inputs.DNS, dns }, { ...testScope, outbound })
    expect(settings.expectations).toEqual({ ...dns, responseCode: 'NOERROR' })
  })

  it('may be checked from several regions, by a quorum of them', () => {
    const regions = ['weur', 'local']
    const input = { ...inputs.TCP, regions, quorum: 2 }
    expect(parseNewMonitor(input, testScope)).toMatchObject({ regions, quorum: 2 })
    expect(refusalOf(() => parseNewMonitor({ ...input, quorum: 3 }, testScope))).toEqual([
      'quorum must not exceed the number of regions',
    ])
  })
})

describe('of a heartbeat', () => {
  it('interval, timeout and region follow from the plan', () => {
    const heartbeat = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', graceSeconds: 600 }
    expect(parseNewMonitor({ ...inputs.HEARTBEAT, heartbeat }, testScope)).toMatchObject({
      target: '',
      intervalSeconds: 90_000,
      timeoutMs: 600_000,
      regions: ['heartbeat'],
      quorum: null,
      failureThreshold: 1,
      assertions: [],
    })
  })

  it('a cron expression takes the place of the period, and the reverse', () => {
    const daily = parseNewMonitor(inputs.HEARTBEAT, testScope)
    const cron = { cron: '0 * * * *' }
    const hourly = parseMonitorChange(daily, { heartbeat: cron }, testScope)
    expect(hourly).toMatchObject({
      intervalSeconds: 3_600,
      expectations: { periodSeconds: null, ...cron, timeZone: 'UTC' },
    })
    const again = parseMonitorChange(hourly, { heartbeat: { periodSeconds: 86_400 } }, testScope)
    expect(again).toEqual(daily)
  })
})

describe('a change of kind', () => {
  const tcp = parseNewMonitor({ ...inputs.TCP, tcp: { send: 'PING\r\n' } }, testScope)

  it('begins with the defaults of the new kind', () => {
    const tls = parseMonitorChange(tcp, { kind: 'TLS' }, testScope)
    const expectations = { serverName: null, verifyChain: true }
    expect(tls).toEqual({ ...tcp, kind: 'TLS', expectations })
  })

  it('holds what is stored against the new kind', () => {
    expect(refusalOf(() => parseMonitorChange(tcp, { kind: 'DNS' }, testScope))).toEqual([
      'target must be a domain name such as example.com',
    ])
  })

  it('is not for heartbeats, neither way', () => {
    const heartbeat = parseNewMonitor(inputs.HEARTBEAT, testScope)
    expect(refusalOf(() => parseMonitorChange(tcp, { kind: 'HEARTBEAT' }, testScope))).toEqual([
      'kind cannot become HEARTBEAT from TCP: create another monitor',
    ])
    expect(refusalOf(() => parseMonitorChange(heartbeat, { kind: 'TCP' }, testScope))).toEqual([
      'kind cannot become TCP from HEARTBEAT: create another monitor',
    ])
  })
})

it('a monitor stays where it is checked from, also once the probe there is revoked', () => {
  const stored = parseNewMonitor({ ...inputs.TCP, regions: ['weur', 'local'] }, testScope)
  const scope = { ...testScope, regions: testScope.regions.slice(0, 1) }
  expect(parseMonitorChange(stored, { name: 'Line' }, scope).regions).toEqual(['weur', 'local'])
  expect(refusalOf(() => parseNewMonitor({ ...inputs.TCP, regions: ['weur'] }, scope))).toEqual([
    'regions.0 must be one of local',
  ])
})
