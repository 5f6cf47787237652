import dnsPacket from 'dns-packet'
import { describe, expect, test } from 'vitest'
import type { Assertion, Comparison, Finding } from '../core/check.ts'
import { createChecker } from './check.ts'
import { type Said, startNameServer, type Transport } from './testing/name-server.ts'
import { type Options, policyOf, requestOf } from './testing/request.ts'

const NAME = 'shop.example'
const checker = createChecker({ policy: policyOf('127.0.0.1') })
const TWO: dnsPacket.Answer[] = ['192.0.2.1', '192.0.2.2'].map((data) => ({
  type: 'A',
  name: NAME,
  data,
}))

describe('a name', () => {
  test('with records is up, with what was found and by whom', async () => {
    const finding = await check(() => ({ answers: TWO }), {})
    expect(finding).toMatchObject({
      outcome: 'UP',
      message: null,
      dnsOk: true,
      contentOk: null,
      remoteAddress: '127.0.0.1',
      details: { kind: 'DNS', responseCode: 'NOERROR', records: ['192.0.2.1', '192.0.2.2'] },
      phases: { connectMs: null, tlsMs: null, processingMs: null, transferMs: null },
    })
    expect(finding.phases.resolveMs).toBeGreaterThan(0)
    expect(finding.latencyMs).toBeGreaterThanOrEqual(finding.phases.resolveMs!)
  })

  test('is asked for as DNS spells it', async () => {
    const asked: dnsPacket.Question[] = []
    await using names = await startNameServer((question) => {
      asked.push(question)
      return { answers: [{ type: 'MX', name: question.name, data: { exchange: 'mx.example' } }] }
    })
    const options = { recordType: 'MX', resolver: names.address } as const
    const finding = await checker.run(requestOf('DNS', 'Größe.Example.', options))
    expect(finding).toMatchObject({ outcome: 'UP' })
    expect(asked).toMatchObject([{ name: 'xn--gre-6ka8i.example', type: 'MX', class: 'IN' }])
  })

  test('that does not exist is down', async () => {
    expect(await check(() => ({ code: 3 }), {})).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'UNEXPECTED_RESPONSE',
      message: `${NAME} was answered with NXDOMAIN, expected NOERROR`,
      dnsOk: false,
      details: { kind: 'DNS', responseCode: 'NXDOMAIN', records: [] },
    })
  })

  test('that does not exist is up where that is expected', async () => {
    const finding = await check(() => ({ code: 3 }), { responseCode: 'NXDOMAIN' })
    expect(finding).toMatchObject({ outcome: 'UP', dnsOk: true })
  })

  test('without a record of the type is down', async () => {
    expect(await check(() => ({ answers: TWO }), { recordType: 'AAAA' })).toMatchObject({
      errorKind: 'UNEXPECTED_RESPONSE',
      message: `${NAME} has no AAAA record`,
    })
  })
})

describe('records', () => {
  test.each<[string, Comparison, string | null, boolean]>([
    ['one equals', 'EQUALS', '192.0.2.2', true],
    ['none equals', 'EQUALS', '192.0.2.3', false],
    ['none may equal', 'NOT_EQUALS', '192.0.2.2', false],
    ['one matches', 'MATCHES', '^192\\.0\\.2\\.1$', true],
    ['none may exist', 'NOT_EXISTS', null, false],
  ])('are asserted: %s', async (_, comparison, target, holds) => {
    const finding = await check(() => ({ answers: TWO }), {
      assertions: [recordIs(comparison, target)],
    })
    expect(finding).toMatchObject({
      outcome: holds ? 'UP' : 'DOWN',
      errorKind: holds ? null : 'ASSERTION_FAILED',
      contentOk: holds,
    })
  })

  test('may be missing where that is asserted', async () => {
    const assertions = [recordIs('NOT_EXISTS', null)]
    expect(await check(() => ({}), { assertions })).toMatchObject({ outcome: 'UP' })
  })

  test('that do not fit into a datagram come over TCP', async () => {
    const long: dnsPacket.Answer = {
      type: 'TXT',
      name: NAME,
      data: Array(40).fill('x'.repeat(255)),
    }
    const said = (transport: Transport): Said =>
      transport === 'udp' ? { isTruncated: true } : { answers: [long] }
    const assertions = [recordIs('CONTAINS', 'x'.repeat(1_000))]
    const finding = await check((_, transport) => said(transport), {
      recordType: 'TXT',
      assertions,
    })
    expect(finding).toMatchObject({ outcome: 'UP', contentOk: true })
    expect(finding.details).toMatchObject({ records: ['x'.repeat(255)] })
    expect(finding.phases.connectMs).not.toBeNull()
  })

  test('may be asked for their latency too', async () => {
    const assertions: Assertion[] = [
      { source: 'LATENCY', property: null, comparison: 'LESS_THAN', target: '0' },
    ]
    const finding = await check(() => ({ answers: TWO }), { assertions })
    expect(finding).toMatchObject({ errorKind: 'ASSERTION_FAILED' })
  })
})

describe('a chosen resolver', () => {
  test('is asked again when a datagram is lost', async () => {
    let asked = 0
    const finding = await check(() => (++asked === 1 ? 'SILENCE' : { answers: TWO }), {})
    expect(finding).toMatchObject({ outcome: 'UP' })
    expect(asked).toBeGreaterThan(1)
  })

  test('that is closed is refused', async () => {
    const closed = await startNameServer(() => 'SILENCE')
    await closed[Symbol.asyncDispose]()
    const finding = await checker.run(requestOf('DNS', NAME, { resolver: closed.address }))
    expect(finding).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'CONNECTION_REFUSED',
      message: `${closed.address} refused the connection`,
      dnsOk: false,
    })
  })

  test('is not believed when it answers something else', async () => {
    const strays = [{ id: 1 }, { about: 'other.example' }, Buffer.from('strange')]
    let asked = 0
    const finding = await check(() => strays[asked++ % 3]!, { timeoutMs: 1_500 })
    expect(finding).toMatchObject({ outcome: 'DOWN', errorKind: 'INVALID_RESPONSE' })
  })

  test('must be an address', async () => {
    const finding = await checker.run(requestOf('DNS', NAME, { resolver: 'dns.example' }))
    expect(finding).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' })
  })
})

describe("the machine's own resolver", () => {
  test('is asked wherever it is, and not shown', async () => {
    await using names = await startNameServer(() => ({ answers: TWO }))
    const strict = createChecker({ policy: { allow: [] }, dnsServers: [names.address] })
    const finding = await strict.run(requestOf('DNS', NAME))
    expect(finding).toMatchObject({ outcome: 'UP', remoteAddress: null })
  })

  test('is asked over TCP too', async () => {
    await using names = await startNameServer((_, transport) =>
      transport === 'udp' ? { isTruncated: true } : { answers: TWO },
    )
    const strict = createChecker({ policy: { allow: [] }, dnsServers: [names.address] })
    expect(await strict.run(requestOf('DNS', NAME))).toMatchObject({ outcome: 'UP' })
    await names.quiet()
  })

  test('has a second one that is asked when the first is silent', async () => {
    await using silent = await startNameServer(() => 'SILENCE')
    await using names = await startNameServer(() => ({ answers: TWO }))
    const dnsServers = [silent.address, names.address]
    const strict = createChecker({ policy: { allow: [] }, dnsServers })
    const finding = await strict.run(requestOf('DNS', NAME, { timeoutMs: 2_000 }))
    expect(finding).toMatchObject({ outcome: 'UP' })
  })

  test.concurrent.each<[string, (name: string) => Said, Partial<Finding>]>([
    [
      'that answers nothing at all says nothing about the name',
      () => 'SILENCE',
      { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE', dnsOk: null },
    ],
    [
      'that answers all but this question has waited for its name servers',
      (name) => (name === '.' ? {} : 'SILENCE'),
      {
        outcome: 'DOWN',
        errorKind: 'DNS_FAILURE',
        message: `The name servers of ${NAME} did not answer`,
        dnsOk: false,
      },
    ],
  ])('%s', async (_, say, expected) => {
    await using names = await startNameServer(({ name }) => say(name))
    const strict = createChecker({ policy: { allow: [] }, dnsServers: [names.address] })
    const finding = await strict.run(requestOf('DNS', NAME, { timeoutMs: 3_000 }))
    expect(finding).toMatchObject(expected)
    expect(finding.message).not.toContain('127.0.0.1')
  })
})

async function check(
  say: (question: dnsPacket.Question, transport: Transport) => Said,
  options: Options<'DNS'>,
): Promise<Finding> {
  await using names = await startNameServer(say)
  return await checker.run(requestOf('DNS', NAME, { resolver: names.address, ...options }))
}

function recordIs(comparison: Comparison, target: string | null): Assertion {
  return { source: 'DNS_RECORD', property: null, comparison, target }
}
