import tls from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { Assertion, ErrorKind, Finding } from '../core/check.ts'
import { createChecker } from './check.ts'
import {
  type Certificate,
  type CertificateOptions,
  makeCertificate,
} from './testing/certificate.ts'
import { startDnsServer } from './testing/dns-server.ts'
import { type Options, policyOf, requestOf } from './testing/request.ts'
import { start } from './testing/target.ts'

const HOST = 'shop.example'
const DAY_MS = 86_400_000
const STARTED_AT = Date.now()

const root = makeCertificate({ name: 'Test root', until: inDays(400) })
const intermediate = makeCertificate({ name: 'Intermediate', issuer: root, until: inDays(60) })
const strangeRoot = makeCertificate({ name: 'Strange root' })

describe('a certificate in good order', () => {
  test('is up, and told with all its chain', async () => {
    const finding = await check(chained(leafOf({ until: inDays(20) })))
    expect(finding).toMatchObject({
      outcome: 'UP',
      message: null,
      dnsOk: true,
      tlsOk: true,
      httpStatus: null,
      certificateExpiresAt: toSecond(inDays(20)),
      details: {
        kind: 'TLS',
        protocol: 'TLSv1.3',
        cipher: expect.stringMatching(/^TLS_/),
        chain: [
          { subject: `CN=${HOST}`, issuer: 'CN=Intermediate', validTo: toSecond(inDays(20)) },
          { subject: 'CN=Intermediate', issuer: 'CN=Test root', validTo: toSecond(inDays(60)) },
        ],
      },
    })
    const { phases, latencyMs } = finding
    expect([phases.processingMs, phases.transferMs]).toEqual([null, null])
    expect(latencyMs).toBeGreaterThanOrEqual(phases.connectMs! + phases.tlsMs!)
  })

  test('is up six days before it expires', async () => {
    const finding = await check(chained(leafOf({ until: inDays(6) })))
    expect(finding).toMatchObject({
      outcome: 'UP',
      certificateExpiresAt: toSecond(inDays(6)),
    })
  })

  test('expires when the first of its chain does', async () => {
    const finding = await check(chained(leafOf({ until: inDays(90) })))
    expect(finding).toMatchObject({ outcome: 'UP', certificateExpiresAt: toSecond(inDays(60)) })
  })

  test('may be asked for by another name', async () => {
    const other = leafOf({ name: 'other.example' })
    const finding = await check(chained(other), { serverName: 'other.example' })
    expect(finding).toMatchObject({ outcome: 'UP' })
    expect(await check(chained(leafOf({})), { serverName: 'other.example' })).toMatchObject({
      errorKind: 'TLS_FAILURE',
      message: 'The certificate of other.example was issued for another name',
    })
  })

  test('may be for an address', async () => {
    const finding = await check(chained(leafOf({ name: '127.0.0.1' })), {}, '127.0.0.1')
    expect(finding).toMatchObject({ outcome: 'UP', dnsOk: null })
  })

  test.each([
    [18, 'UP', null],
    [19, 'DOWN', 'ASSERTION_FAILED'],
  ] as const)('with 19 days left, is asked for more than %i', async (days, outcome, errorKind) => {
    const assertions: Assertion[] = [
      {
        source: 'CERTIFICATE_DAYS',
        property: null,
        comparison: 'GREATER_THAN',
        target: String(days),
      },
    ]
    const leaf = leafOf({ until: new Date(inDays(19).getTime() + 60_000) })
    const finding = await check(chained(leaf), { assertions })
    expect(finding).toMatchObject({ outcome, errorKind })
  })
})

/** What the chain is worth, and what is left of the verdict where the chain is not to be verified. */
describe('a certificate that is', () => {
  const strange = leafOf({ issuer: strangeRoot })
  const expired = leafOf({ until: inDays(-0.5) })
  const future = leafOf({ from: inDays(1) })
  const agedIssuer = makeCertificate({ name: 'Aged', issuer: root, until: inDays(-1) })
  const named = 'was issued for another name'
  test.each<[string, Certificate, string, string | null]>([
    ['expired', chained(expired), 'has expired', 'has expired'],
    ['not valid yet', chained(future), 'is not valid yet', 'is not valid yet'],
    ['for another host', chained(leafOf({ name: 'a.test' })), named, named],
    ['signed by itself', makeCertificate({ name: HOST }), 'is signed by itself', null],
    [
      'of an untrusted root',
      chained(strange, strangeRoot),
      'an authority that is not trusted',
      null,
    ],
    ['presented alone', leafOf({}), 'without the certificate of its issuer', null],
    [
      'of an expired issuer',
      chained(leafOf({ issuer: agedIssuer }), agedIssuer),
      'was issued by one that has expired',
      null,
    ],
    [
      'expired and signed by itself',
      makeCertificate({ name: HOST, until: inDays(-0.5) }),
      'has expired',
      'has expired',
    ],
  ])('%s', async (_, certificate, words, wordsOnItsOwn) => {
    const verified = await check(certificate)
    expectVerdict(verified, words)
    expect(verified.details).toMatchObject({ kind: 'TLS', protocol: 'TLSv1.3' })
    expect(verified.certificateExpiresAt).not.toBeNull()
    expectVerdict(await check(certificate, { verifyChain: false }), wordsOnItsOwn)
  })
})

describe('a target that', () => {
  test.each<[string, (socket: tls.TLSSocket) => void, Partial<tls.TlsOptions>, ErrorKind | null]>([
    [
      'speaks an old protocol',
      () => {},
      { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' },
      'TLS_FAILURE',
    ],
    ['wants a certificate of ours', () => {}, { requestCert: true }, null],
    ['resets after the handshake', (socket) => socket.resetAndDestroy(), {}, null],
    ['talks without end', (socket) => void socket.write(Buffer.alloc(1e6)), {}, null],
  ])('%s comes out as told by its handshake', async (_, talk, options, errorKind) => {
    const finding = await check(chained(leafOf({})), {}, HOST, { talk, ...options })
    expect(finding).toMatchObject({ outcome: errorKind ? 'DOWN' : 'UP', errorKind })
  })
})

type Server = tls.TlsOptions & { talk?: (socket: tls.TLSSocket) => void }

async function check(
  { cert, key }: Certificate,
  options: Options<'TLS'> = {},
  host = HOST,
  { talk = () => {}, ...server }: Server = {},
): Promise<Finding> {
  await using names = await startDnsServer(({ type }) => (type === 'A' ? ['127.0.0.1'] : []))
  await using target = await start(
    tls.createServer({ ...server, cert, key }, (socket) => talk(socket.on('error', () => {}))),
  )
  const checker = createChecker({
    policy: policyOf('127.0.0.1'),
    dnsServers: [names.address],
    secureContext: tls.createSecureContext({ ca: root.cert }),
  })
  const finding = await checker.run(requestOf('TLS', `${host}:${target.port}`, options))
  await target.quiet()
  return finding
}

function expectVerdict(finding: Finding, words: string | null): void {
  expect(finding).toMatchObject({
    outcome: words ? 'DOWN' : 'UP',
    errorKind: words ? 'TLS_FAILURE' : null,
    tlsOk: !words,
  })
  if (words) expect(finding.message).toContain(words)
}

function leafOf(options: Partial<CertificateOptions>): Certificate {
  return makeCertificate({ name: HOST, issuer: intermediate, ...options })
}

/** As a server presents it: followed by its issuer. */
function chained(leaf: Certificate, issuer = intermediate): Certificate {
  return { ...leaf, cert: leaf.cert + issuer.cert }
}

function inDays(days: number): Date {
  return new Date(STARTED_AT + days * DAY_MS)
}

/** Certificates know no milliseconds. */
function toSecond(date: Date): number {
  return Math.floor(date.getTime() / 1_000) * 1_000
}
