import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Assertion } from '../core/check.ts'
import { eventually } from '../test/eventually.ts'
import { createChecker } from './check.ts'
import { startDnsServer } from './testing/dns-server.ts'
import { receivedFor } from './testing/recorder.ts'
import { policyOf, requestFor } from './testing/request.ts'
import { startHttpTarget, startTcpTarget } from './testing/target.ts'

const checker = createChecker({ policy: policyOf('127.0.0.0/8') })

describe('a healthy target', () => {
  test('is up, with its phases, status and address', async () => {
    await using target = await startHttpTarget((_, response) => response.end('hello'))
    const finding = await checker.run(requestFor(target.url))
    expect(finding).toMatchObject({
      outcome: 'UP',
      errorKind: null,
      message: null,
      httpStatus: 200,
      dnsOk: null,
      tlsOk: null,
      contentOk: null,
      remoteAddress: '127.0.0.1',
      certificateExpiresAt: null,
    })
    expect(finding.phases).toMatchObject({ resolveMs: null, tlsMs: null })
  })

  test('takes as long as its phases together', async () => {
    await using target = await startHttpTarget((_, response) => response.end('hello'))
    await eventually('hardly anything lies between them', async () => {
      const { latencyMs, phases } = await checker.run(requestFor(target.url))
      const sum = Object.values(phases).reduce<number>((total, phase) => total + (phase ?? 0), 0)
      expect(latencyMs).toBeGreaterThanOrEqual(sum)
      return latencyMs! - sum < 50
    })
  })

  test('is asked over a fresh connection each time', async () => {
    await using target = await startHttpTarget((_, response) => response.end())
    await checker.run(requestFor(target.url))
    await checker.run(requestFor(target.url))
    expect(target.accepted()).toBe(2)
    await target.quiet()
  })

  test('known by the hosts file is resolved without DNS', async () => {
    await using target = await startHttpTarget((_, response) => response.end())
    const local = createChecker({ policy: policyOf('127.0.0.1,::1'), dnsServers: ['127.0.0.1:1'] })
    const finding = await local.run(requestFor(`http://localhost:${target.port}`))
    expect(finding).toMatchObject({ outcome: 'UP', dnsOk: true })
    expect(finding.phases.resolveMs).not.toBeNull()
  })

  test('is found behind addresses of its name that do not answer', async () => {
    await using target = await startHttpTarget((_, response) => response.end())
    await using names = await startDnsServer(({ type }) =>
      type === 'A' ? ['127.0.0.3', '127.0.0.1'] : [],
    )
    const named = createChecker({ policy: policyOf('127.0.0.0/8'), dnsServers: [names.address] })
    const finding = await named.run(requestFor(`http://shop.example:${target.port}`))
    expect(finding).toMatchObject({ outcome: 'UP', dnsOk: true, remoteAddress: '127.0.0.1' })
    expect(names.questions).toHaveLength(2)
  })

  test('may stream more than 1 MB when nothing looks at the body', async () => {
    await using target = await startHttpTarget((_, response) => response.end(Buffer.alloc(3e6)))
    expect(await checker.run(requestFor(target.url))).toMatchObject({ outcome: 'UP' })
    await target.quiet()
  })
})

describe('the request', () => {
  test('carries method, path, headers, length and body', async () => {
    const { request, body } = await receivedFor('/a?b=c', {
      method: 'POST',
      headers: [
        { name: 'X-One', value: '1' },
        { name: 'X-One', value: '2' },
      ],
      body: 'größe',
    })
    expect(request).toMatchObject({ method: 'POST', url: '/a?b=c' })
    expect(request.headers).toMatchObject({
      'x-one': '1, 2',
      'content-length': '7',
      connection: 'close',
    })
    expect(body).toBe('größe')
  })

  test('says that a POST without body is empty', async () => {
    const { request } = await receivedFor('/', { method: 'POST' })
    expect(request.headers['content-length']).toBe('0')
    expect(request.headers['transfer-encoding']).toBeUndefined()
  })

  test('replaces a default header by the chosen one', async () => {
    const { request } = await receivedFor('/', {
      headers: [
        { name: 'user-agent', value: 'mine' },
        { name: 'HOST', value: 'shop.test' },
      ],
    })
    expect(request.headers).toMatchObject({ 'user-agent': 'mine', host: 'shop.test' })
  })

  test('authenticates with a password', async () => {
    const auth = { type: 'BASIC', username: 'ann', password: 'pä:ss' } as const
    const { request } = await receivedFor('/', { auth })
    const expected = Buffer.from('ann:pä:ss').toString('base64')
    expect(request.headers.authorization).toBe(`Basic ${expected}`)
  })

  test('authenticates with a token', async () => {
    const { request } = await receivedFor('/', { auth: { type: 'BEARER', token: 't0k' } })
    expect(request.headers.authorization).toBe('Bearer t0k')
  })

  test('of method HEAD expects no body', async () => {
    await using target = await startHttpTarget((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).end()
    })
    const finding = await checker.run(requestFor(target.url, { method: 'HEAD' }))
    expect(finding).toMatchObject({ outcome: 'UP', httpStatus: 200 })
  })
})

describe('the status', () => {
  test.each([
    [200, [{ from: 200, to: 399 }], 'UP'],
    [399, [{ from: 200, to: 399 }], 'UP'],
    [400, [{ from: 200, to: 399 }], 'DOWN'],
    [404, [{ from: 404, to: 404 }], 'UP'],
    [
      503,
      [
        { from: 200, to: 299 },
        { from: 503, to: 503 },
      ],
      'UP',
    ],
  ])('%i within %j is %s', async (status, expectedStatus, outcome) => {
    await using target = await startHttpTarget((_, response) => response.writeHead(status).end())
    const finding = await checker.run(requestFor(target.url, { expectedStatus }))
    expect(finding).toMatchObject({ outcome, httpStatus: status })
  })

  test('that is not expected is told in words', async () => {
    await using target = await startHttpTarget((_, response) => response.writeHead(503).end())
    const expectedStatus = [
      { from: 200, to: 299 },
      { from: 304, to: 304 },
    ]
    expect(await checker.run(requestFor(target.url, { expectedStatus }))).toMatchObject({
      errorKind: 'UNEXPECTED_STATUS',
      message: 'The status was 503 Service Unavailable, expected 200–299 or 304',
    })
  })
})

describe('assertions', () => {
  const statusIsOk: Assertion = {
    source: 'JSON',
    property: '$.status',
    comparison: 'EQUALS',
    target: 'ok',
  }

  test('that do not hold are down, in words', async () => {
    await using target = await startHttpTarget((_, response) => response.end('{"status":"bad"}'))
    expect(await checker.run(requestFor(target.url, { assertions: [statusIsOk] }))).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'ASSERTION_FAILED',
      message: 'JSON $.status is "bad", expected to equal "ok"',
      contentOk: false,
      httpStatus: 200,
    })
  })

  const text = '{"status":"ok"}'
  test.each([
    ['identity', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
  ])('read a body encoded with %s', async (encoding, bytes) => {
    await using target = await startHttpTarget((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes)
    })
    const finding = await checker.run(requestFor(target.url, { assertions: [statusIsOk] }))
    expect(finding).toMatchObject({ outcome: 'UP', contentOk: true })
  })

  test('read a body in its own character set', async () => {
    await using target = await startHttpTarget((_, response) => {
      response.setHeader('content-type', 'text/html; charset=ISO-8859-1')
      response.end(Buffer.from('größe', 'latin1'))
    })
    const contains: Assertion = {
      source: 'BODY',
      property: null,
      comparison: 'CONTAINS',
      target: 'größe',
    }
    expect(await checker.run(requestFor(target.url, { assertions: [contains] }))).toMatchObject({
      outcome: 'UP',
    })
  })
})

describe('what says nothing about the target', () => {
  test('is unknown: a blocked address, with the setting that opens it', async () => {
    const finding = await checker.run(requestFor('http://10.1.2.3/'))
    expect(finding).toMatchObject({
      outcome: 'UNKNOWN',
      errorKind: 'BLOCKED_TARGET',
      message:
        '10.1.2.3 is a private address; to allow it, the operator sets OUTBOUND_ALLOW_CIDRS=10.1.2.3/32',
    })
  })

  test('is unknown: a bug of the probe', async () => {
    const broken = { ...requestFor('http://127.0.0.1/'), expectations: undefined as never }
    expect(await checker.run(broken)).toMatchObject({
      outcome: 'UNKNOWN',
      errorKind: 'PROBE_FAILURE',
    })
  })
})

test('a name of closed ports is refused', async () => {
  const closed = await startTcpTarget(() => {})
  await closed[Symbol.asyncDispose]()
  await using names = await startDnsServer(({ type }) =>
    type === 'A' ? ['127.0.0.3', '127.0.0.1'] : [],
  )
  const named = createChecker({ policy: policyOf('127.0.0.0/8'), dnsServers: [names.address] })
  expect(await named.run(requestFor(`http://shop.example:${closed.port}`))).toMatchObject({
    outcome: 'DOWN',
    errorKind: 'CONNECTION_REFUSED',
    message: `shop.example:${closed.port} refused the connection`,
  })
})

test('a closed port is refused', async () => {
  const closed = await startTcpTarget(() => {})
  await closed[Symbol.asyncDispose]()
  const finding = await checker.run(requestFor(closed.url))
  expect(finding).toMatchObject({
    outcome: 'DOWN',
    errorKind: 'CONNECTION_REFUSED',
    message: `127.0.0.1:${closed.port} refused the connection`,
    latencyMs: null,
  })
})
