import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import type dnsPacket from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificate, makeCertificate } from '../agent/testing/certificate.ts'
import { startNameServer } from '../agent/testing/name-server.ts'
import { type Options, requestOf } from '../agent/testing/request.ts'
import { start, startTcpTarget } from '../agent/testing/target.ts'
import type { CheckRequest } from '../core/check.ts'
import type { ProbeResult } from '../core/probe-protocol.ts'
import { type Said, startDohServer } from './testing/doh-server.ts'
import { findingsOf } from './testing/findings.ts'

const SHORT_MS = 1_000
const BANNER = '220 mail.example.com ready'

const running = new AsyncDisposableStack()
const authority = makeCertificate({ name: 'Test authority' })
const mail = running.use(await startTcpTarget((socket) => socket.write(BANNER)))
const echo = running.use(await startTcpTarget((socket) => socket.pipe(socket)))
const piecemeal = running.use(await startTcpTarget((socket) => speakPiecemeal(socket)))
const silent = running.use(await startTcpTarget(() => {}))
const curt = running.use(await startTcpTarget((socket) => socket.end()))
const talkative = running.use(
  await startTcpTarget((socket) => void socket.write(Buffer.alloc(100_000, 'x'))),
)
const trusted = running.use(await startTls(authority))
const selfSigned = running.use(await startTls())
const doh = running.use(await startDohServer((question) => tell(question)))
const nameServer = running.use(await startNameServer((question) => tell(question)))

type Case = [request: CheckRequest, found: Partial<ProbeResult>]

const CASES: Record<string, Case> = {
  'an open port is up': [
    tcp(echo.port),
    { outcome: 'UP', errorKind: null, remoteAddress: '127.0.0.1', contentOk: null, tlsOk: null },
  ],
  'a closed port is down': [tcp(9), { outcome: 'DOWN', errorKind: 'CONNECTION_FAILED' }],
  'a banner that matches is up': [
    tcp(mail.port, { expect: '^220 ' }),
    { outcome: 'UP', contentOk: true },
  ],
  'what is sent comes back': [
    tcp(echo.port, { send: 'ping\r\n', expect: '^ping' }),
    { outcome: 'UP', contentOk: true },
  ],
  'an answer in pieces is put together': [
    tcp(piecemeal.port, { expect: '^220 mail.example.com ready$' }),
    { outcome: 'UP', contentOk: true },
  ],
  'an answer that does not match is down once it has ended in time': [
    tcp(mail.port, { expect: '^250 ', timeoutMs: SHORT_MS }),
    { outcome: 'DOWN', errorKind: 'UNEXPECTED_RESPONSE', contentOk: false },
  ],
  'an answer without end is read up to 64 KB': [
    tcp(talkative.port, { expect: 'y' }),
    { outcome: 'DOWN', errorKind: 'UNEXPECTED_RESPONSE' },
  ],
  'one that never comes is down in time': [
    tcp(silent.port, { expect: '.', timeoutMs: SHORT_MS }),
    { outcome: 'DOWN', errorKind: 'TIMEOUT' },
  ],
  'a connection that ends without a word is down': [
    tcp(curt.port, { expect: '.' }),
    { outcome: 'DOWN', errorKind: 'CONNECTION_RESET' },
  ],
  'TLS with a certificate to be trusted is up': [
    tcp(trusted.port, { tls: true, expect: '^lit$' }, 'localhost'),
    { outcome: 'UP', tlsOk: true, dnsOk: true },
  ],
  'TLS with another is down': [
    tcp(selfSigned.port, { tls: true }, 'localhost'),
    { outcome: 'DOWN', errorKind: 'TLS_FAILURE', tlsOk: false },
  ],
  'TLS where there is none is down': [
    tcp(mail.port, { tls: true }),
    { outcome: 'DOWN', errorKind: 'TLS_FAILURE', tlsOk: false },
  ],
  'a certificate that was not to be verified says nothing': [
    tcp(selfSigned.port, { tls: true, verifyTls: false }, 'localhost'),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE', tlsOk: null },
  ],
  'a private address is never connected to': [
    tcp(22, {}, '10.0.0.1'),
    { outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' },
  ],
  'a name that leads to one says nothing': [
    tcp(22, {}, 'inside.invalid'),
    { outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' },
  ],
  'nor does one that leads to Cloudflare': [
    tcp(22, {}, 'cloudflare.invalid'),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' },
  ],
  'a name that does not exist is down': [
    tcp(22, {}, 'nowhere.invalid'),
    { outcome: 'DOWN', errorKind: 'DNS_FAILURE', dnsOk: false },
  ],
  'records are found': [
    dns('shop.example.com'),
    {
      outcome: 'UP',
      dnsOk: true,
      details: { kind: 'DNS', responseCode: 'NOERROR', records: ['192.0.2.7', '192.0.2.8'] },
    },
  ],
  'a record that is asked for is found': [
    dns('shop.example.com', {
      recordType: 'MX',
      assertions: [
        { source: 'DNS_RECORD', property: null, comparison: 'EQUALS', target: '10 mx.example.com' },
      ],
    }),
    { outcome: 'UP', contentOk: true },
  ],
  'one that is missing is told': [
    dns('shop.example.com', {
      assertions: [
        { source: 'DNS_RECORD', property: null, comparison: 'EQUALS', target: '192.0.2.99' },
      ],
    }),
    { outcome: 'DOWN', errorKind: 'ASSERTION_FAILED', contentOk: false },
  ],
  'a name without record of its type is down': [
    dns('shop.example.com', { recordType: 'TXT' }),
    {
      errorKind: 'UNEXPECTED_RESPONSE',
      message: 'shop.example.com has no TXT record',
      dnsOk: false,
    },
  ],
  'a name that is not to exist is up': [
    dns('nowhere.invalid', { responseCode: 'NXDOMAIN' }),
    { outcome: 'UP', details: { kind: 'DNS', responseCode: 'NXDOMAIN', records: [] } },
  ],
  'a chosen resolver is asked over TCP': [
    dns('shop.example.com', { resolver: nameServer.address }),
    {
      outcome: 'UP',
      remoteAddress: '127.0.0.1',
      details: { kind: 'DNS', responseCode: 'NOERROR', records: ['192.0.2.7', '192.0.2.8'] },
    },
  ],
  'one that does not speak DNS is down': [
    dns('shop.example.com', { resolver: `127.0.0.1:${mail.port}`, timeoutMs: SHORT_MS }),
    { outcome: 'DOWN', dnsOk: false },
  ],
  'one that does not answer is down': [
    dns('shop.example.com', { resolver: `127.0.0.1:${silent.port}`, timeoutMs: SHORT_MS }),
    { outcome: 'DOWN', errorKind: 'TIMEOUT', dnsOk: false },
  ],
  'one at a private address is never asked': [
    dns('shop.example.com', { resolver: '10.0.0.53' }),
    { outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' },
  ],
  'silence of the own resolver says nothing': [
    dns('silence.example.com', { timeoutMs: SHORT_MS }),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE', dnsOk: null },
  ],
  'what the edge cannot run says nothing': [
    requestOf('PING', '127.0.0.1'),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' },
  ],
}

let findings: Record<string, ProbeResult>

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-edge-'))
  running.defer(() => rm(folder, { recursive: true }))
  const authorityFile = join(folder, 'authority.pem')
  await writeFile(authorityFile, authority.cert)
  const requests = Object.entries(CASES).map(([name, [request]]) => [name, request])
  const vars = { DOH_URL: doh.url, SUBREQUESTS: '1000' }
  findings = await findingsOf(Object.fromEntries(requests), { vars, authorityFile })
})
afterAll(() => running.disposeAsync())

test.each(Object.entries(CASES))('%s', (name, [, found]) => {
  expect(findings[name]).toMatchObject(found)
})

test('of DNS the time to resolve is seen, of TCP the time to answer', () => {
  const nothing = {
    resolveMs: null,
    connectMs: null,
    tlsMs: null,
    processingMs: null,
    transferMs: null,
  }
  const { phases: ofDns } = findings['records are found']!
  expect(ofDns).toEqual({ ...nothing, resolveMs: expect.any(Number) })
  const { phases: ofTcp } = findings['a banner that matches is up']!
  expect(ofTcp).toEqual({ ...nothing, processingMs: expect.any(Number) })
  expect(findings['an open port is up']!.phases).toEqual(nothing)
})

function tcp(port: number, options: Options<'TCP'> = {}, host = '127.0.0.1'): CheckRequest {
  return requestOf('TCP', `${host}:${port}`, options)
}

function dns(name: string, options: Options<'DNS'> = {}): CheckRequest {
  return requestOf('DNS', name, options)
}

function tell({ name, type }: dnsPacket.Question): Said {
  if (name === 'nowhere.invalid') return { code: 3 }
  if (name === 'silence.example.com') return 'SILENCE'
  return { answers: RECORDS.filter((record) => record.name === name && record.type === type) }
}

const RECORDS: dnsPacket.Answer[] = [
  { name: 'shop.example.com', type: 'A', data: '192.0.2.8' },
  { name: 'shop.example.com', type: 'A', data: '192.0.2.7' },
  { name: 'shop.example.com', type: 'MX', data: { preference: 10, exchange: 'mx.example.com' } },
  { name: 'inside.invalid', type: 'A', data: '10.0.0.7' },
  { name: 'cloudflare.invalid', type: 'A', data: '104.16.0.1' },
]

function startTls(issuer?: Certificate) {
  const { cert, key } = makeCertificate({ name: 'localhost', issuer, isAuthority: false })
  return start(tls.createServer({ cert, key }, (socket) => socket.on('error', () => {}).end('lit')))
}

/** A second piece too short to be worth a search of its own, were it not the last. */
function speakPiecemeal(socket: Socket): void {
  socket.write(BANNER.slice(0, -2))
  setTimeout(() => socket.write(BANNER.slice(-2)), 100)
}
