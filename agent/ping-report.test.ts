import { describe, expect, test } from 'vitest'
import { type PingRun, readPing } from './ping-report.ts'
import { packetsWithin } from './ping.ts'

/** What real programs printed. */
const IPUTILS = `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 407ms
rtt min/avg/max/mdev = 0.017/0.025/0.038/0.009 ms
`
const IPUTILS_ERRORS = `PING 10.255.255.1 (10.255.255.1) 56(84) bytes of data.

--- 10.255.255.1 ping statistics ---
5 packets transmitted, 0 received, +4 errors, 100% packet loss, time 813ms

`
const IPUTILS_DUPLICATES = `PING 192.0.2.255 (192.0.2.255) 56(84) bytes of data.

--- 192.0.2.255 ping statistics ---
4 packets transmitted, 3 received, +2 duplicates, 25% packet loss, time 3052ms
rtt min/avg/max/mdev = 1204.512/1310.070/1402.101/80.900 ms, pipe 2
`
const IPUTILS_IPV6 = `PING ::1(::1) 56 data bytes

--- ::1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 201ms
rtt min/avg/max/mdev = 0.025/0.082/0.139/0.057 ms
`
const BUSYBOX = `PING 127.0.0.1 (127.0.0.1): 56 data bytes

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 3 packets received, 0% packet loss
round-trip min/avg/max = 0.015/0.032/0.043 ms
`
const BUSYBOX_LOSS = `PING 10.255.255.1 (10.255.255.1): 56 data bytes

--- 10.255.255.1 ping statistics ---
2 packets transmitted, 0 packets received, 100% packet loss
`
const BSD = `PING 127.0.0.1 (127.0.0.1): 56 data bytes

--- 127.0.0.1 ping statistics ---
2 packets transmitted, 2 packets received, 0.0% packet loss
round-trip min/avg/max/stddev = 0.054/0.077/0.100/0.023 ms
`
const NOTHING = { minMs: null, averageMs: null, maxMs: null }

describe('a summary', () => {
  test.each([
    ['of iputils', IPUTILS, { sent: 3, received: 3, minMs: 0.017, averageMs: 0.025, maxMs: 0.038 }],
    ['of iputils over IPv6', IPUTILS_IPV6, { sent: 2, received: 2, averageMs: 0.082 }],
    ['of iputils without answers', IPUTILS_ERRORS, { sent: 5, received: 0, ...NOTHING }],
    [
      'of iputils with duplicates',
      IPUTILS_DUPLICATES,
      { sent: 4, received: 3, averageMs: 1310.07 },
    ],
    ['of busybox', BUSYBOX, { sent: 3, received: 3, minMs: 0.015, averageMs: 0.032, maxMs: 0.043 }],
    ['of busybox without answers', BUSYBOX_LOSS, { sent: 2, received: 0, ...NOTHING }],
    ['of a BSD', BSD, { sent: 2, received: 2, minMs: 0.054, averageMs: 0.077, maxMs: 0.1 }],
  ])('%s is read', (_, stdout, report) => {
    expect(readPing(runOf({ stdout }))).toMatchObject({ ok: true, ...report })
  })

  test('stands when some packets came back, whatever was complained of', () => {
    const run = runOf({ stdout: IPUTILS, stderr: 'ping: sendmsg: Operation not permitted' })
    expect(readPing(run)).toMatchObject({ ok: true, received: 3 })
  })
})

describe('is the probe failing:', () => {
  const start = 'PING 1.1.1.1 (1.1.1.1) 56(84) bytes of data.\n'
  test.each<[string, Partial<PingRun>, string]>([
    ['no program', { spawnError: 'ENOENT' }, 'install iputils-ping (Debian, Ubuntu)'],
    ['no process', { spawnError: 'EAGAIN' }, 'cannot be started (EAGAIN)'],
    ['no socket', { stderr: 'ping: socket: Operation not permitted' }, 'capability NET_RAW'],
    [
      'no socket, as busybox says it',
      { stdout: start, stderr: 'ping: permission denied (are you root?)' },
      'capability NET_RAW',
    ],
    [
      'a firewall of its own',
      { stdout: IPUTILS_ERRORS, stderr: 'ping: sendmsg: Operation not permitted' },
      'capability NET_RAW',
    ],
    [
      'no route',
      { stderr: 'ping: connect: Network is unreachable' },
      'no route to the target: ping: connect: Network is unreachable',
    ],
    [
      'no IPv6',
      { stderr: 'ping: socket: Address family not supported by protocol' },
      'no route to the target',
    ],
    ['a strange program', { stderr: "ping: invalid option -- 'q'" }, "invalid option -- 'q'"],
    ['a silent program', {}, 'it printed no summary'],
  ])('%s', (_, run, words) => {
    const report = readPing(runOf(run))
    expect(report).toMatchObject({ ok: false, errorKind: 'PROBE_FAILURE' })
    expect(!report.ok && report.message).toContain(words)
  })
})

test.each([
  [10_000, 3, 3],
  [4_000, 10, 10],
  [3_999, 10, 9],
  [1_000, 10, 2],
  [100, 10, 1],
  [0, 10, 1],
])('within %i ms, %i wanted packets become %i', (timeoutMs, wanted, count) => {
  expect(packetsWithin(timeoutMs, wanted)).toBe(count)
})

function runOf(run: Partial<PingRun>): PingRun {
  return { spawnError: null, stdout: '', stderr: '', ...run }
}
