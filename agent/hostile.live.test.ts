import { fork } from 'node:child_process'
import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { ErrorKind } from '../core/check.ts'
import { full } from '../test/size.ts'
import { createChecker } from './check.ts'
import { after, drip, flood, say, timers } from './testing/hostile.ts'
import { policyOf, requestFor, type RequestOptions } from './testing/request.ts'
import { startTcpTarget } from './testing/target.ts'

/** For who is not to be heard before it; who is has longer, so that no load of the machine is first. */
const TIMEOUT_MS = 400
const LONG_TIMEOUT_MS = 5_000
/** What is promised is a second, of a machine that has nothing else to do. */
const GRACE_MS = full ? 1_000 : 10_000
const OK = 'HTTP/1.1 200 OK\r\n'

const checker = createChecker({ policy: policyOf('127.0.0.1') })
const looksAtBody: RequestOptions = {
  assertions: [{ source: 'BODY', property: null, comparison: 'CONTAINS', target: 'ok' }],
}

type Hostile = {
  name: string
  talk(socket: Socket): void
  expected: ErrorKind | null
  options?: RequestOptions
  scheme?: 'https'
}

const hostile: Hostile[] = [
  { name: 'never answers', talk: () => {}, expected: 'TIMEOUT' },
  { name: 'drips its headers', talk: drip(OK, 'x'), expected: 'TIMEOUT' },
  { name: 'drips its body', talk: drip(`${OK}\r\n`, 'x'), expected: 'TIMEOUT' },
  {
    name: 'drips a body that is looked at',
    talk: drip(`${OK}\r\n`, 'x'),
    expected: 'TIMEOUT',
    options: looksAtBody,
  },
  { name: 'never ends its body', talk: flood(`${OK}\r\n`, 'x'.repeat(65_536)), expected: null },
  {
    name: 'never ends a body that is looked at',
    talk: flood(`${OK}\r\n`, 'x'.repeat(65_536)),
    expected: 'BODY_TOO_LARGE',
    options: looksAtBody,
  },
  {
    name: 'never ends its headers',
    talk: flood(OK, `a: ${'b'.repeat(60_000)}\r\n`),
    expected: 'INVALID_RESPONSE',
  },
  {
    name: 'never ends its interim answers',
    talk: flood('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(2_000)),
    expected: 'INVALID_RESPONSE',
  },
  {
    name: 'redirects to itself',
    talk: say('HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n'),
    expected: 'TOO_MANY_REDIRECTS',
  },
  { name: 'stalls the TLS handshake', talk: () => {}, expected: 'TIMEOUT', scheme: 'https' },
  {
    name: 'does not speak TLS',
    talk: say('HTTP/1.1 400 Bad Request\r\n\r\n'),
    expected: 'TLS_FAILURE',
    scheme: 'https',
  },
  {
    name: 'closes in the TLS handshake',
    talk: (socket) => socket.destroy(),
    expected: 'TLS_FAILURE',
    scheme: 'https',
  },
  { name: 'closes at once', talk: (socket) => socket.end(), expected: 'CONNECTION_RESET' },
  {
    name: 'resets at once',
    talk: (socket) => socket.resetAndDestroy(),
    expected: 'CONNECTION_RESET',
  },
  {
    name: 'resets when asked',
    talk: after((socket) => socket.resetAndDestroy()),
    expected: 'CONNECTION_RESET',
  },
  {
    name: 'resets in its body',
    talk: say(`${OK}content-length: 9\r\n\r\nab`, (socket) => socket.resetAndDestroy()),
    expected: 'CONNECTION_RESET',
  },
  {
    name: 'sends less than it says',
    talk: say(`${OK}content-length: 9\r\n\r\nab`, (socket) => socket.end()),
    expected: 'CONNECTION_RESET',
  },
  {
    name: 'does not speak HTTP',
    talk: say('SSH-2.0-OpenSSH_9.6\r\n'),
    expected: 'INVALID_RESPONSE',
  },
  {
    name: 'breaks its chunks',
    talk: say(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    expected: 'INVALID_RESPONSE',
  },
  {
    name: 'contradicts its own length',
    talk: say(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`),
    expected: 'INVALID_RESPONSE',
  },
  {
    name: 'switches to another protocol',
    talk: say('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    expected: 'INVALID_RESPONSE',
  },
  {
    name: 'does not take the body',
    talk: (socket) => socket.pause(),
    expected: 'TIMEOUT',
    options: { method: 'POST', body: 'x'.repeat(8e6) },
  },
]

describe('a target that', () => {
  test.each(hostile)('$name ends in time and leaks nothing', async (target) => {
    await using server = await startTcpTarget(target.talk)
    const timersBefore = timers()
    const timeoutMs = target.expected === 'TIMEOUT' ? TIMEOUT_MS : LONG_TIMEOUT_MS
    const startedAt = performance.now()
    const finding = await checker.run(
      requestFor(`${target.scheme ?? 'http'}://127.0.0.1:${server.port}`, {
        timeoutMs,
        ...target.options,
      }),
    )
    expect(performance.now() - startedAt).toBeLessThan(timeoutMs + GRACE_MS)
    expect(finding.errorKind, finding.message ?? '').toBe(target.expected)
    expect(finding.outcome).toBe(target.expected ? 'DOWN' : 'UP')
    expect(timers()).toBeLessThanOrEqual(timersBefore)
    await server.quiet()
  })
})

test('a target that accepts no connection ends in time', async () => {
  const child = fork(new URL('testing/full-backlog.ts', import.meta.url))
  const [port] = await once(child, 'message')
  child.kill('SIGSTOP')
  const fillers = [1, 2, 3].map(() => net.connect(port, '127.0.0.1').on('error', () => {}))
  const request = requestFor(`http://127.0.0.1:${port}`, { timeoutMs: TIMEOUT_MS })
  const finding = await checker.run(request)
  expect(finding).toMatchObject({ outcome: 'DOWN', errorKind: 'TIMEOUT' })
  fillers.forEach((filler) => filler.destroy())
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('a request that cannot be written leaves no socket behind', async () => {
  await using server = await startTcpTarget(() => {})
  const auth = { type: 'BEARER', token: 'two\nlines' } as const
  const finding = await checker.run(requestFor(server.url, { auth }))
  expect(finding).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' })
  await server.quiet()
})

test('a thousand checks of dead targets leave no socket and no timer behind', async () => {
  await using server = await startTcpTarget((socket) => socket.resetAndDestroy())
  const before = process.getActiveResourcesInfo().length
  const checks = Array.from({ length: 1_000 }, () => checker.run(requestFor(server.url)))
  await Promise.all(checks)
  await server.quiet()
  expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
})
