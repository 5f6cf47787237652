import type { Socket } from 'node:net'
import tls from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../core/check.ts'
import { createChecker } from './check.ts'
import { makeCertificate } from './testing/certificate.ts'
import { type Options, policyOf, requestOf } from './testing/request.ts'
import { start, startTcpTarget } from './testing/target.ts'

const checker = createChecker({ policy: policyOf('127.0.0.1,::1') })
const silent = () => {}

describe('a port', () => {
  test('that accepts a connection is up, with its phases and address', async () => {
    const finding = await check(silent, {})
    expect(finding).toMatchObject({
      outcome: 'UP',
      message: null,
      contentOk: null,
      tlsOk: null,
      httpStatus: null,
      remoteAddress: '127.0.0.1',
      details: null,
      phases: { resolveMs: null, tlsMs: null, processingMs: null, transferMs: null },
    })
    expect(finding.phases.connectMs).not.toBeNull()
    expect(finding.latencyMs).toBeGreaterThan(0)
  })

  test('that is closed is refused', async () => {
    const closed = await startTcpTarget(silent)
    await closed[Symbol.asyncDispose]()
    expect(await checker.run(requestOf('TCP', `127.0.0.1:${closed.port}`))).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'CONNECTION_REFUSED',
      message: `127.0.0.1:${closed.port} refused the connection`,
      latencyMs: null,
    })
  })

  test('may be named, and be asked for its latency', async () => {
    await using target = await startTcpTarget(silent)
    const assertions = [
      { source: 'LATENCY', property: null, comparison: 'LESS_THAN', target: '0' } as const,
    ]
    const finding = await checker.run(requestOf('TCP', `localhost:${target.port}`, { assertions }))
    expect(finding).toMatchObject({ outcome: 'DOWN', errorKind: 'ASSERTION_FAILED', dnsOk: true })
  })
})

describe('an answer', () => {
  test('is waited for without being asked, and may come in pieces', async () => {
    const talk = (socket: Socket) => {
      socket.write('220 mail.exam', () => socket.write('ple ESMTP\r\n'))
    }
    const finding = await check(talk, { expect: '^220 mail\\.example ' })
    expect(finding).toMatchObject({ outcome: 'UP', contentOk: true })
    expect(finding.phases.processingMs).not.toBeNull()
    expect(finding.phases.transferMs).not.toBeNull()
  })

  test('follows what was sent', async () => {
    const talk = (socket: Socket) => {
      socket.once('data', (data) => socket.end(`+${data.toString().trim()}`))
    }
    const finding = await check(talk, { send: 'PING größe\r\n', expect: '^\\+PING größe$' })
    expect(finding).toMatchObject({ outcome: 'UP', contentOk: true })
  })

  test('need not be expected: what is to be sent arrives all the same', async () => {
    const arrived = Promise.withResolvers<string>()
    const talk = (socket: Socket) => {
      socket.once('data', (data) => arrived.resolve(data.toString()))
    }
    expect(await check(talk, { send: 'hello' })).toMatchObject({ outcome: 'UP', contentOk: null })
    expect(await arrived.promise).toBe('hello')
  })

  test('may match in its last byte within 64 KB, but not in the next', async () => {
    const long = (length: number) => (socket: Socket) => void socket.write(`${'-'.repeat(length)}!`)
    expect(await check(long(65_535), { expect: '!' })).toMatchObject({ outcome: 'UP' })
    expect(await check(long(65_536), { expect: '!' })).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'UNEXPECTED_RESPONSE',
      message: expect.stringContaining('answered 64 KB or more, which do not match "!"'),
    })
  })

  test.each([
    ['and the end', (socket: Socket) => void socket.end('nobody'), 'answered 6 bytes, which'],
    [
      'and silence',
      (socket: Socket) => void socket.write('nobody'),
      'answered 6 bytes in time, which',
    ],
  ])('that is wrong, %s, is told without being quoted', async (_, talk, words) => {
    const finding = await check(talk, { expect: '^220 ', timeoutMs: 1_500 })
    expect(finding).toMatchObject({ outcome: 'DOWN', errorKind: 'UNEXPECTED_RESPONSE' })
    expect(finding.contentOk).not.toBe(true)
    expect(finding.message).toContain(words)
    expect(finding.message).toContain('do not match "^220 "')
    expect(finding.message).not.toContain('nobody')
  })
})

describe('over TLS', () => {
  const authority = makeCertificate({ name: 'Test authority' })
  const certificate = makeCertificate({ name: 'localhost', issuer: authority })
  const trusting = createChecker({
    policy: policyOf('127.0.0.1,::1'),
    secureContext: tls.createSecureContext({ ca: authority.cert }),
  })

  test('an answer is read, and the certificate told', async () => {
    await using target = await startTlsTarget()
    const options = { tls: true, send: 'NOOP\r\n', expect: '^ok NOOP' }
    const finding = await trusting.run(requestOf('TCP', `localhost:${target.port}`, options))
    expect(finding).toMatchObject({ outcome: 'UP', tlsOk: true, contentOk: true })
    expect(finding.certificateExpiresAt).not.toBeNull()
    expect(finding.phases.tlsMs).not.toBeNull()
  })

  test('a certificate is verified unless it is not to be', async () => {
    await using target = await startTlsTarget()
    const host = `localhost:${target.port}`
    const strict = await checker.run(requestOf('TCP', host, { tls: true }))
    const lax = await checker.run(requestOf('TCP', host, { tls: true, verifyTls: false }))
    expect(strict).toMatchObject({ outcome: 'DOWN', errorKind: 'TLS_FAILURE', tlsOk: false })
    expect(lax).toMatchObject({ outcome: 'UP', tlsOk: true })
  })

  test('no protocol is offered, for the server may know none that we name', async () => {
    const server = tls.createServer({ ...certificate, ALPNProtocols: ['imap'] }, (socket) => {
      socket.on('error', () => {}).write(`spoken: ${socket.alpnProtocol}`)
    })
    await using target = await start(server)
    const options = { tls: true, expect: '^spoken: false$' }
    const finding = await trusting.run(requestOf('TCP', `localhost:${target.port}`, options))
    expect(finding).toMatchObject({ outcome: 'UP' })
  })

  function startTlsTarget() {
    const server = tls.createServer(certificate, (socket) => {
      socket.on('error', () => {})
      socket.once('data', (data) => socket.write(`ok ${data.toString()}`))
    })
    return start(server)
  }
})

async function check(talk: (socket: Socket) => void, options: Options<'TCP'>): Promise<Finding> {
  await using target = await startTcpTarget(talk)
  const finding = await checker.run(requestOf('TCP', `127.0.0.1:${target.port}`, options))
  await target.quiet()
  return finding
}
