import tls from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createChecker } from '../../../agent/check.ts'
import {
  type Certificate,
  type CertificateOptions,
  makeCertificate,
} from '../../../agent/testing/certificate.ts'
import { policyOf, requestOf } from '../../../agent/testing/request.ts'
import { start } from '../../../agent/testing/target.ts'
import type { Finding } from '../../../core/check.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { type Person, signUp } from '../../../test/people.ts'
import { watchFrom } from '../../../test/probe.ts'
import { report } from '../../../test/reports.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'

const HOST = '127.0.0.1'
const DAY_MS = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)

const root = makeCertificate({ name: 'Test root' })
const intermediate = makeCertificate({ name: 'Intermediate', issuer: root })
const strangeRoot = makeCertificate({ name: 'Strange root' })
const aging = makeCertificate({ name: 'Aging', issuer: root, until: inDays(6) })

const leafOf = (more: Partial<CertificateOptions> = {}) =>
  makeCertificate({ name: HOST, issuer: intermediate, ...more })
const chained = (leaf: Certificate, issuer = intermediate) => ({
  ...leaf,
  cert: leaf.cert + issuer.cert,
})

let server: TestServer
let alice: Person

beforeAll(async () => {
  server = await openTestServer({ variables: { OUTBOUND_ALLOW_CIDRS: HOST } })
  alice = await signUp(server, 'Alice')
  await keepPartitions(server.deps)
})
afterAll(() => server[Symbol.asyncDispose]())

const DOWN = 'DOWN: DOWN null'
const expiry = (stage: number) => `CERTIFICATE: CERTIFICATE_EXPIRY ${stage}`

/** Each is checked three times, by a real handshake; what is told of it is told once. */
test.each<[string, Certificate, string[]]>([
  ['in good order', chained(leafOf()), []],
  ['expiring in 6 days', chained(leafOf({ until: inDays(6) })), [expiry(7)]],
  ['with an issuer that expires in 6 days', chained(leafOf({ issuer: aging }), aging), [expiry(7)]],
  ['expired', chained(leafOf({ until: inDays(-1) })), [expiry(1), DOWN]],
  ['not valid yet', chained(leafOf({ from: inDays(1) })), [DOWN]],
  ['signed by itself', makeCertificate({ name: HOST }), [DOWN]],
  ['for another host', chained(leafOf({ name: 'a.test' })), [DOWN]],
  ['of an untrusted root', chained(leafOf({ issuer: strangeRoot }), strangeRoot), [DOWN]],
  ['presented alone', leafOf(), [DOWN]],
])('a certificate %s', async (_, certificate, told) => {
  const { port, findings } = await check(certificate)
  const wish = { kind: 'TLS', target: `${HOST}:${port}`, failureThreshold: 1 }
  const key = await watchFrom(alice, ['local'], wish)
  await report(server.deps, key, findings)
  expect(await toldOf(key)).toEqual(told)
})

async function check({ cert, key }: Certificate): Promise<{ port: number; findings: Finding[] }> {
  const ignoreLoss = (socket: tls.TLSSocket) => void socket.on('error', () => {})
  await using target = await start(tls.createServer({ cert, key }, ignoreLoss))
  const secureContext = tls.createSecureContext({ ca: root.cert })
  const checker = createChecker({ policy: policyOf(HOST), secureContext })
  const findings: Finding[] = []
  for (let times = 0; times < 3; times += 1)
    findings.push(await checker.run(requestOf('TLS', `${HOST}:${target.port}`)))
  return { port: target.port, findings }
}

/** All alerts of all incidents, by their incident's kind. */
async function toldOf(monitorId: string): Promise<string[]> {
  const alerts = await server.database.prisma.alert.findMany({
    where: { monitorId },
    include: { incident: true },
  })
  return alerts
    .map(({ incident, type, daysLeft }) => `${incident?.kind}: ${type} ${daysLeft}`)
    .toSorted()
}
