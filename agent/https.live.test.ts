import https from 'node:https'
import tls from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createChecker } from './check.ts'
import { type Certificate, makeCertificate } from './testing/certificate.ts'
import { startDnsServer } from './testing/dns-server.ts'
import { policyOf, requestFor, type RequestOptions } from './testing/request.ts'
import { start, startHttpTarget } from './testing/target.ts'

const HOST = 'shop.example'
const DAY_MS = 86_400_000
const STARTED_AT = Date.now()
const authority = makeCertificate({ name: 'Test authority', until: inDays(90) })
const leaf = makeCertificate({ name: HOST, issuer: authority, until: inDays(20) })

describe('a certificate', () => {
  test('of a known authority is trusted', async () => {
    const finding = await check(leaf)
    expect(finding).toMatchObject({ outcome: 'UP', tlsOk: true, dnsOk: true, httpStatus: 200 })
    expect(finding.phases.tlsMs).not.toBeNull()
    expect(finding.certificateExpiresAt).toBe(toSecond(inDays(20)))
  })

  test('expires when the first of its chain does', async () => {
    const brief = makeCertificate({ name: 'Brief', issuer: authority, until: inDays(5) })
    const child = makeCertificate({ name: HOST, issuer: brief, until: inDays(60) })
    const finding = await check({ ...child, cert: child.cert + brief.cert })
    expect(finding).toMatchObject({ outcome: 'UP', certificateExpiresAt: toSecond(inDays(5)) })
  })

  const expired = makeCertificate({ name: HOST, issuer: authority, until: inDays(-0.5) })
  const future = makeCertificate({ name: HOST, issuer: authority, from: inDays(1) })
  test.each([
    ['signed by itself', makeCertificate({ name: HOST }), 'is signed by itself'],
    ['expired', expired, 'has expired'],
    ['not yet valid', future, 'is not valid yet'],
    ['for another name', makeCertificate({ name: 'a.test', issuer: authority }), 'another name'],
    ['of an unknown authority', unknownAuthority(), 'without the certificate of its issuer'],
  ])('%s is refused in words', async (_, certificate, words) => {
    const finding = await check(certificate)
    expect(finding).toMatchObject({ outcome: 'DOWN', errorKind: 'TLS_FAILURE', tlsOk: false })
    expect(finding.message).toContain(`The certificate of ${HOST}`)
    expect(finding.message).toContain(words)
    expect(finding.certificateExpiresAt).not.toBeNull()
    expect(finding.httpStatus).toBeNull()
  })

  test('that is not trusted is accepted when it is not to be verified', async () => {
    const finding = await check(makeCertificate({ name: HOST }), { verifyTls: false })
    expect(finding).toMatchObject({ outcome: 'UP', tlsOk: true })
  })

  test('can be asked for the days it has left', async () => {
    const assertions = [
      { source: 'CERTIFICATE_DAYS', property: null, comparison: 'GREATER_THAN', target: '30' },
    ] as const
    expect(await check(leaf, { assertions: [...assertions] })).toMatchObject({
      errorKind: 'ASSERTION_FAILED',
      message:
        'Time until the certificate expires is 19.9 days, expected to be greater than 30 days',
    })
  })
})

test('a request is not sent before the certificate is judged', async () => {
  let requests = 0
  const self = makeCertificate({ name: HOST })
  await using target = await start(
    https.createServer(self, (_, response) => {
      requests++
      response.end()
    }),
  )
  await using names = await startDnsServer(() => ['127.0.0.1'])
  const checker = createChecker({ policy: policyOf('127.0.0.1'), dnsServers: [names.address] })
  await checker.run(requestFor(`https://${HOST}:${target.port}/`))
  await target.quiet()
  expect(requests).toBe(0)
})

test('a redirect from http to https is secured too', async () => {
  await using names = await startDnsServer(({ type }) => (type === 'A' ? ['127.0.0.1'] : []))
  await using secure = await start(https.createServer(leaf, (_, response) => response.end()))
  await using plain = await startHttpTarget((_, response) => {
    response.writeHead(301, { location: `https://${HOST}:${secure.port}/` }).end()
  })
  const finding = await trusting(names.address).run(requestFor(plain.url))
  expect(finding).toMatchObject({ outcome: 'UP', tlsOk: true })
  expect(finding.certificateExpiresAt).not.toBeNull()
})

async function check(certificate: Certificate, options: RequestOptions = {}) {
  await using names = await startDnsServer(({ type }) => (type === 'A' ? ['127.0.0.1'] : []))
  await using target = await start(
    https.createServer({ cert: certificate.cert, key: certificate.key }, (_, response) =>
      response.end(),
    ),
  )
  const finding = await trusting(names.address).run(
    requestFor(`https://${HOST}:${target.port}/`, options),
  )
  await target.quiet()
  return finding
}

function trusting(dnsServer: string) {
  return createChecker({
    policy: policyOf('127.0.0.1'),
    dnsServers: [dnsServer],
    secureContext: tls.createSecureContext({ ca: authority.cert }),
  })
}

function unknownAuthority(): Certificate {
  return makeCertificate({ name: HOST, issuer: makeCertificate({ name: 'Nobody' }) })
}

function inDays(days: number): Date {
  return new Date(STARTED_AT + days * DAY_MS)
}

/** Certificates know no milliseconds. */
function toSecond(date: Date): number {
  return Math.floor(date.getTime() / 1_000) * 1_000
}
