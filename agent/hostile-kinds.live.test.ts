import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { CheckRequest, ErrorKind } from '../core/check.ts'
import { eventually } from '../test/eventually.ts'
import { full } from '../test/size.ts'
import { createChecker } from './check.ts'
import { after, drip, flood, say, timers } from './testing/hostile.ts'
import { type Said, startNameServer, type Transport } from './testing/name-server.ts'
import { type Options, policyOf, requestOf } from './testing/request.ts'
import { startTcpTarget } from './testing/target.ts'

/** For who is not to be heard before it; who is has longer, so that no load of the machine is first. */
const TIMEOUT_MS = 400
const LONG_TIMEOUT_MS = 2_000
const HOUR_MS = 3_600_000
/** What is promised is a second, of a machine that has nothing else to do. */
const GRACE_MS = full ? 1_000 : 10_000
/** Of the largest program that is accepted, so that each search takes long. */
const SLOW_PATTERN = '[ab]*a[ab]{120}c'

const checker = createChecker({ policy: policyOf('127.0.0.1') })

type Row<Kind extends 'TCP' | 'TLS'> = {
  name: string
  talk(socket: Socket): void
  expected: ErrorKind | null
  options?: Options<Kind>
}

const asked = { send: 'hello', expect: 'ready' }
const tcp: Row<'TCP'>[] = [
  { name: 'says nothing', talk: () => {}, expected: 'TIMEOUT', options: asked },
  { name: 'drips', talk: drip('-', '-'), expected: 'UNEXPECTED_RESPONSE', options: asked },
  {
    name: 'drips what takes long to search',
    talk: drip('a'.repeat(60_000), 'a'),
    expected: 'UNEXPECTED_RESPONSE',
    options: { send: 'hello', expect: SLOW_PATTERN },
  },
  {
    name: 'never ends',
    talk: flood('', 'x'.repeat(65_536)),
    expected: 'UNEXPECTED_RESPONSE',
    options: asked,
  },
  { name: 'never ends, unheard', talk: flood('', 'x'.repeat(65_536)), expected: null },
  {
    name: 'closes at once',
    talk: (socket) => socket.end(),
    expected: 'CONNECTION_RESET',
    options: { expect: 'ready' },
  },
  {
    name: 'resets at once',
    talk: (socket) => socket.resetAndDestroy(),
    expected: 'CONNECTION_RESET',
    options: { expect: 'ready' },
  },
  {
    name: 'resets when asked',
    talk: after((socket) => socket.resetAndDestroy()),
    expected: 'CONNECTION_RESET',
    options: asked,
  },
  {
    name: 'resets in its answer',
    talk: say('rea', (socket) => socket.resetAndDestroy()),
    expected: 'CONNECTION_RESET',
    options: asked,
  },
  {
    name: 'does not take what is sent',
    talk: (socket) => socket.pause(),
    expected: 'TIMEOUT',
    options: { send: 'x'.repeat(8e6) },
  },
  { name: 'stalls the handshake', talk: () => {}, expected: 'TIMEOUT', options: { tls: true } },
]

const tls: Row<'TLS'>[] = [
  { name: 'never shakes hands', talk: () => {}, expected: 'TIMEOUT' },
  { name: 'drips its handshake', talk: drip('\x16\x03\x03\x40\x00', '\x02'), expected: 'TIMEOUT' },
  { name: 'does not speak TLS', talk: say('220 ready\r\n'), expected: 'TLS_FAILURE' },
  { name: 'closes at once', talk: (socket) => socket.end(), expected: 'TLS_FAILURE' },
  { name: 'resets', talk: after((socket) => socket.resetAndDestroy()), expected: 'TLS_FAILURE' },
  {
    name: 'never ends',
    talk: flood('\x16\x03\x03', '\x02'.repeat(60_000)),
    expected: 'TLS_FAILURE',
  },
]

describe('a port that', () => {
  test.each(tcp)('$name ends in time and leaks nothing', async ({ talk, expected, options }) => {
    await using target = await startTcpTarget(talk)
    const timed = { timeoutMs: timeoutMsFor(expected), ...options }
    await expectInTime(requestOf('TCP', `127.0.0.1:${target.port}`, timed), expected)
    await target.quiet()
  })
})

describe('a TLS server that', () => {
  test.each(tls)('$name ends in time and leaks nothing', async ({ talk, expected }) => {
    await using target = await startTcpTarget(talk)
    const timeoutMs = timeoutMsFor(expected)
    await expectInTime(requestOf('TLS', `127.0.0.1:${target.port}`, { timeoutMs }), expected)
    await target.quiet()
  })
})

describe('a name server that', () => {
  const long: Said = { isTruncated: true }
  test.each<[string, (transport: Transport) => Said, ErrorKind]>([
    ['says nothing', () => 'SILENCE', 'TIMEOUT'],
    ['says nonsense', () => Buffer.alloc(500, 0xc0), 'INVALID_RESPONSE'],
    ['says only that there is more', () => long, 'UNEXPECTED_RESPONSE'],
    ['says nothing over TCP', (over) => (over === 'udp' ? long : 'SILENCE'), 'TIMEOUT'],
    [
      'says nonsense over TCP',
      (over) => (over === 'udp' ? long : Buffer.alloc(500, 0xc0)),
      'INVALID_RESPONSE',
    ],
    [
      'says too much over TCP',
      (over) => (over === 'udp' ? long : Buffer.alloc(65_535)),
      'INVALID_RESPONSE',
    ],
  ])('%s ends in time and leaks nothing', async (_, talk, expected) => {
    await using names = await startNameServer((_question, transport) => talk(transport))
    const options = { resolver: names.address, timeoutMs: timeoutMsFor(expected) }
    await expectInTime(requestOf('DNS', 'shop.example', options), expected)
    await names.quiet()
  })

  test.each<[string, (socket: Socket) => void, ErrorKind]>([
    ['drips over TCP', drip('\x40\x00', '\x00'), 'TIMEOUT'],
    ['never ends over TCP', flood('\xff\xff', 'x'.repeat(65_536)), 'INVALID_RESPONSE'],
    ['closes over TCP', (socket) => socket.end(), 'INVALID_RESPONSE'],
    ['resets over TCP', after((socket) => socket.resetAndDestroy()), 'CONNECTION_RESET'],
    ['lies about its length', say('\xff\xff12', (socket) => socket.end()), 'INVALID_RESPONSE'],
  ])('%s ends in time and leaks nothing', async (_, talk, expected) => {
    await using names = await startNameServer(() => long, { talk })
    const options = { resolver: names.address, timeoutMs: timeoutMsFor(expected) }
    await expectInTime(requestOf('DNS', 'shop.example', options), expected)
    await names.quiet()
  })

  test('answers a thousand times is not listened to for long', async () => {
    const strays = Array.from({ length: 1_000 }, (): Said => ({ about: 'other.example' }))
    await using names = await startNameServer(() => strays)
    const options = { resolver: names.address, timeoutMs: HOUR_MS }
    const finding = await checker.run(requestOf('DNS', 'shop.example', options))
    expect(finding).toMatchObject({ errorKind: 'INVALID_RESPONSE' })
  })
})

test('a thousand checks of dead targets of every kind leave nothing behind', async () => {
  await using dead = await startTcpTarget((socket) => socket.resetAndDestroy())
  await using names = await startNameServer(() => ({ code: 2 }))
  const endpoint = `127.0.0.1:${dead.port}`
  const before = process.getActiveResourcesInfo().length
  const checks = Array.from({ length: 330 }, () => [
    checker.run(requestOf('TCP', endpoint, { expect: 'ready' })),
    checker.run(requestOf('TLS', endpoint)),
    checker.run(requestOf('DNS', 'shop.example', { resolver: names.address })),
  ])
  const findings = await Promise.all(checks.flat())
  expect(findings.filter(({ outcome }) => outcome !== 'DOWN')).toEqual([])
  await dead.quiet()
  await eventually(
    'nothing is held any more',
    () => process.getActiveResourcesInfo().length <= before,
  )
})

function timeoutMsFor(expected: ErrorKind | null): number {
  return expected === 'TIMEOUT' ? TIMEOUT_MS : LONG_TIMEOUT_MS
}

async function expectInTime(request: CheckRequest, expected: ErrorKind | null): Promise<void> {
  const timersBefore = timers()
  const startedAt = performance.now()
  const finding = await checker.run(request)
  expect(performance.now() - startedAt).toBeLessThan(request.timeoutMs + GRACE_MS)
  expect(finding.errorKind, finding.message ?? '').toBe(expected)
  expect(finding.outcome).toBe(expected ? 'DOWN' : 'UP')
  expect(timers()).toBeLessThanOrEqual(timersBefore)
}
