import { networkInterfaces } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import { createChecker } from './check.ts'
import { hasPing } from './ping.ts'
import { requirePing, usePingProgram } from './testing/ping-program.ts'
import { policyOf, requestOf } from './testing/request.ts'

const GRACE_MS = 10_000
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1')
const LOOPBACKS = hasIpv6 ? ['127.0.0.1', '::1', '[::1]', 'localhost'] : ['127.0.0.1', 'localhost']

const checker = createChecker({ policy: policyOf('127.0.0.0/8,::1') })

describe('a real ping program', () => {
  beforeAll(requirePing, 300_000)

  test('shows that this machine can ping', async () => {
    expect(await hasPing()).toBe(true)
  })

  test.each(LOOPBACKS)('reaches %s', async (target) => {
    const finding = await checker.run(requestOf('PING', target, { packets: 3 }))
    expect(finding).toMatchObject({
      outcome: 'UP',
      message: null,
      dnsOk: target === 'localhost' ? true : null,
      details: { kind: 'PING', sent: 3, received: 3 },
    })
    expect(finding.remoteAddress).toMatch(/^(127\.0\.0\.1|::1)$/)
    const { details, latencyMs } = finding
    if (details?.kind !== 'PING') throw new Error('a ping leaves its details')
    expect(latencyMs).toBeGreaterThanOrEqual(details.minMs ?? Infinity)
    expect(latencyMs).toBeLessThanOrEqual(details.maxMs ?? -Infinity)
  })

  test('can be asked for the average time', async () => {
    const assertions = [
      { source: 'LATENCY', property: null, comparison: 'LESS_THAN', target: '0' } as const,
    ]
    expect(await checker.run(requestOf('PING', '127.0.0.1', { assertions }))).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'ASSERTION_FAILED',
    })
  })
})

/** What loopback never does: lose packets, or not answer. */
describe('a ping program', () => {
  const loses = (sent: number, received: number) =>
    `echo "${sent} packets transmitted, ${received} received, some packet loss"
     echo "rtt min/avg/max/mdev = 1.0/2.5/4.0/0.1 ms"`

  test.each([
    [5, 5, 0, 'UP'],
    [5, 4, 0, 'DOWN'],
    [5, 4, 19, 'DOWN'],
    [5, 4, 20, 'UP'],
    [5, 0, 99, 'DOWN'],
  ])('that sent %i and received %i, with %i percent allowed, is %s', async (...row) => {
    const [sent, received, maxLossPercent, outcome] = row
    await using _program = await usePingProgram(loses(sent, received))
    const finding = await checker.run(requestOf('PING', '127.0.0.1', { maxLossPercent }))
    expect(finding).toMatchObject({
      outcome,
      errorKind: outcome === 'UP' ? null : 'PACKET_LOSS',
      latencyMs: 2.5,
      details: { kind: 'PING', sent, received, minMs: 1, maxMs: 4 },
    })
  })

  test('that lost packets is told in words', async () => {
    await using _program = await usePingProgram(loses(3, 1))
    const finding = await checker.run(requestOf('PING', '127.0.0.1', { maxLossPercent: 50 }))
    expect(finding.message).toBe('127.0.0.1 lost 2 of 3 packets (67 %), at most 50 % may be lost')
  })

  test('that still waits when time is over is asked for what it has', async () => {
    const script = `trap 'echo "4 packets transmitted, 0 received, 100% packet loss"; exit 1' INT
      while :; do sleep 0.05; done`
    await using _program = await usePingProgram(script)
    const finding = await checkWithin(2_000)
    expect(finding).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'PACKET_LOSS',
      latencyMs: null,
      details: { sent: 4, received: 0 },
    })
  })

  test('that does not end is killed', async () => {
    await using _program = await usePingProgram(`trap '' INT TERM\nwhile :; do sleep 0.05; done`)
    const finding = await checkWithin(300)
    expect(finding).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' })
  })

  test('that is missing is a failure of the probe, which says what to install', async () => {
    await using _program = await usePingProgram(null)
    expect(await hasPing()).toBe(false)
    const finding = await checkWithin(5_000)
    expect(finding).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' })
    expect(finding.message).toContain('install iputils-ping')
  })

  test('that may not send is a failure of the probe, which says what it lacks', async () => {
    await using _program = await usePingProgram(
      `echo "ping: socket: Operation not permitted" >&2; exit 2`,
    )
    expect(await hasPing()).toBe(false)
    const finding = await checkWithin(5_000)
    expect(finding).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' })
    expect(finding.message).toContain('NET_RAW')
  })

  test('gets the address as its last argument and nothing of the environment', async () => {
    const script = `echo args "$@" secrets $(env | grep -c SECRET) >&2; exit 2`
    process.env['A_SECRET'] = 'canary'
    await using _program = await usePingProgram(script)
    const finding = await checker.run(requestOf('PING', '127.1', { packets: 2, timeoutMs: 1_500 }))
    delete process.env['A_SECRET']
    expect(finding.message).toContain('args -n -q -c2 -i0.2 -W2 -- 127.0.0.1 secrets 0')
  })
})

async function checkWithin(timeoutMs: number) {
  const startedAt = performance.now()
  const finding = await checker.run(requestOf('PING', '127.0.0.1', { timeoutMs }))
  expect(performance.now() - startedAt).toBeLessThan(timeoutMs + GRACE_MS)
  return finding
}
