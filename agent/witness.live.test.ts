import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { createOutbound } from './outbound.ts'
import { startDnsServer } from './testing/dns-server.ts'
import { policyOf, requestFor, type RequestOptions } from './testing/request.ts'
import { startHttpTarget, startTcpTarget, type TestTarget } from './testing/target.ts'
import { witness } from './witness.ts'

const OPEN = new AbortController().signal
const outbound = createOutbound({ policy: policyOf('127.0.0.1') })
const ask = (target: TestTarget, options?: RequestOptions) =>
  witness(outbound, requestFor(`${target.url}/`, options), OPEN)

test.each([
  ['in its own charset', 'text/html; charset=latin1', Buffer.from('ä', 'latin1'), 'ä', 1],
  ['that says nothing of itself', '', Buffer.from('ä'), 'ä', 2],
  ['that is nothing to read, counted', 'image/png', Buffer.from('ab'), null, 2],
  [
    'longer than anybody keeps, counted to 1 MB',
    'text/plain',
    Buffer.alloc(2 ** 21, 'x'),
    'x'.repeat(2 ** 20),
    2 ** 20,
  ],
])('it keeps a body %s', async (_, type, bytes, body, bodyBytes) => {
  const target = await serve(type ? { 'content-type': type } : {}, bytes)
  expect(await ask(target)).toMatchObject({ ok: true, status: 503, body, bodyBytes })
  await target.quiet()
})

test('it unpacks a body, and counts what was sent', async () => {
  const bytes = gzipSync('hello')
  const target = await serve({ 'content-encoding': 'gzip' }, bytes)
  expect(await ask(target)).toMatchObject({ body: 'hello', bodyBytes: bytes.length })
})

test('it keeps headers as they were sent, each time they were', async () => {
  const target = await serve({ 'X-Two': ['1', '2'] }, Buffer.from(''))
  const { headers } = (await ask(target)) as { headers: object[] }
  expect(headers.slice(0, 2)).toEqual([
    { name: 'X-Two', value: '1' },
    { name: 'X-Two', value: '2' },
  ])
})

test('it asks what the check asks, to the end of the redirects', async () => {
  const target = await startHttpTarget((request, response) => {
    if (request.url === '/') return void response.writeHead(302, { location: '/there' }).end()
    response.end(`${request.method} ${request.headers.authorization}`)
  })
  onTestFinished(() => target[Symbol.asyncDispose]())
  const auth = { type: 'BEARER', token: 'x' } as const
  expect(await ask(target, { auth })).toMatchObject({ status: 200, body: 'GET Bearer x' })
  expect(await ask(target, { followRedirects: false })).toMatchObject({ status: 302 })
})

test('it keeps what came of a body that breaks off, or never ends', async () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf'
  const broken = await startTcpTarget((socket) => void socket.once('data', () => socket.end(head)))
  const endless = await startTcpTarget(
    (socket) => void socket.once('data', () => socket.write(head)),
  )
  onTestFinished(() => broken[Symbol.asyncDispose]())
  onTestFinished(() => endless[Symbol.asyncDispose]())
  expect(await ask(broken)).toMatchObject({ status: 200, body: 'half', bodyBytes: 4 })
  expect(await ask(endless, { timeoutMs: 300 })).toMatchObject({ status: 200, body: 'half' })
  await endless.quiet()
})

test.each([
  ['http://127.0.0.1:9/', 'CONNECTION_REFUSED'],
  ['http://127.0.0.2:9/', 'BLOCKED_TARGET'],
  ['ftp://127.0.0.1/', 'BLOCKED_TARGET'],
])('of %s it says what a check would say', async (target, errorKind) => {
  expect(await witness(outbound, requestFor(target), OPEN)).toMatchObject({ ok: false, errorKind })
})

const mentions = (text: string) =>
  ({ source: 'BODY', property: null, comparison: 'CONTAINS', target: text }) as const

test.each<[string, { status?: number; length?: number }, RequestOptions, boolean]>([
  ['of another status', { status: 503 }, {}, false],
  ['of a status that is expected', {}, {}, true],
  ['of the words that are expected', {}, { assertions: [mentions('fine')] }, true],
  ['of other words', {}, { assertions: [mentions('open')] }, false],
  ['that breaks off', { length: 99 }, {}, false],
])('an answer %s: whether a check is content with it', async (_, answer, options, expected) => {
  const { status = 200, length = 8 } = answer
  const target = await startHttpTarget((_request, response) => {
    response.writeHead(status, { 'content-length': length })
    response.end('all fine', () => response.destroy())
  })
  onTestFinished(() => target[Symbol.asyncDispose]())
  expect(await ask(target, options)).toMatchObject({ status, isAsExpected: expected })
})

test('of a body that nothing looks at, as much as a check reads is enough', async () => {
  const target = await startHttpTarget((_, response) => response.end(Buffer.alloc(2 ** 21)))
  onTestFinished(() => target[Symbol.asyncDispose]())
  expect(await ask(target)).toMatchObject({ isAsExpected: true })
  expect(await ask(target, { assertions: [mentions('x')] })).toMatchObject({ isAsExpected: false })
})

test('who has stopped waits for no answer', async () => {
  const stopping = new AbortController()
  await using target = await startHttpTarget(() => stopping.abort())
  const request = requestFor(`${target.url}/`, { timeoutMs: 30_000 })
  expect(await witness(outbound, request, stopping.signal)).toMatchObject({ ok: false })
  await target.quiet()
})

test('who has stopped waits for no name', async () => {
  const stopping = new AbortController()
  await using server = await startDnsServer(() => {
    stopping.abort()
    return 'SILENCE'
  })
  const named = createOutbound({ policy: policyOf('127.0.0.1'), dnsServers: [server.address] })
  const request = requestFor('http://shop.example/', { timeoutMs: 30_000 })
  expect(await witness(named, request, stopping.signal)).toMatchObject({
    errorKind: 'PROBE_FAILURE',
    message: 'The probe was stopped while it looked up shop.example',
  })
})

test('who has stopped waits for no connection', async () => {
  const request = requestFor('http://127.0.0.1:9/', { timeoutMs: 30_000 })
  expect(await witness(outbound, request, AbortSignal.abort())).toMatchObject({
    errorKind: 'CONNECTION_FAILED',
  })
})

test('who has stopped waits for no handshake', async () => {
  const stopping = new AbortController()
  await using target = await startTcpTarget(
    (socket) => void socket.once('data', () => stopping.abort()),
    { scheme: 'https' },
  )
  const request = requestFor(`${target.url}/`, { timeoutMs: 30_000 })
  expect(await witness(outbound, request, stopping.signal)).toMatchObject({
    errorKind: 'TLS_FAILURE',
  })
  await target.quiet()
})

async function serve(
  headers: Record<string, string | string[]>,
  body: Buffer,
): Promise<TestTarget> {
  const target = await startHttpTarget((_, response) => response.writeHead(503, headers).end(body))
  onTestFinished(() => target[Symbol.asyncDispose]())
  return target
}
