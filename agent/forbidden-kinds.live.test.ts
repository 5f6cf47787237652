import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CheckRequest } from '../core/check.ts'
import { type Checker, createChecker } from './check.ts'
import { startDnsServer } from './testing/dns-server.ts'
import { FORBIDDEN_NAMES, forbiddenNames, PUBLIC } from './testing/forbidden-names.ts'
import { FORBIDDEN_HOSTS } from './testing/forbidden.ts'
import { startNameServer } from './testing/name-server.ts'
import { usePingProgram } from './testing/ping-program.ts'
import { policyOf, requestOf } from './testing/request.ts'

/** A server for TCP and UDP alike, and a ping program that leaves a trace: nobody may reach either. */
const stack = new AsyncDisposableStack()
const forbidden = forbiddenNames()
let canary: Awaited<ReturnType<typeof startNameServer>>
let checker: Checker
let trace: string
let port: string

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-canary-'))
  stack.defer(() => rm(folder, { recursive: true }))
  trace = join(folder, 'pinged')
  await writeFile(trace, '')
  stack.use(await usePingProgram(`echo "$@" >> ${trace}\nexec /bin/false`))
  canary = stack.use(await startNameServer(() => ({})))
  port = canary.address.split(':')[1] ?? ''
  const names = stack.use(await startDnsServer(forbidden.reply))
  checker = createChecker({ policy: policyOf(PUBLIC), dnsServers: [names.address] })
})

afterAll(() => stack.disposeAsync())

describe.each(Object.entries(FORBIDDEN_HOSTS))('%s', (_, hosts) => {
  test.each(hosts)('%s is blocked for every kind', async (host) => {
    for (const request of [...requestsTo(host), resolverAt(host)]) await expectBlocked(request)
    expectNothingReached()
  })
})

describe('a name', () => {
  test.each(Object.keys(FORBIDDEN_NAMES))('like %s is blocked for every kind', async (name) => {
    for (const request of requestsTo(name)) await expectBlocked(request)
    for (const request of requestsTo(`${name.toUpperCase()}.`)) await expectBlocked(request)
    expectNothingReached()
  })

  test('that is rebound after it was judged leads to the address that was judged', async () => {
    for (const request of requestsTo('rebound.example')) {
      forbidden.unbind()
      const finding = await checker.run(request)
      expect([finding.errorKind, finding.remoteAddress].join()).toMatch(
        /^(CONNECTION_REFUSED,|PROBE_FAILURE,127\.0\.0\.2)$/,
      )
      expect(forbidden.isRebound()).toBe(true)
      await expectBlocked(request)
    }
    expectNothingReached()
  })
})

describe('a target', () => {
  test.each([
    '-n',
    '--',
    '-c1 127.0.0.1',
    '127.0.0.1 -f',
    '127.0.0.1;true',
    '$(id)',
    '127.0.0.1\n',
  ])('like %j is no host to ping', async (target) => {
    await expectBlocked(requestOf('PING', target))
    expectNothingReached()
  })

  test.each(['http://127.0.0.1:PORT', 'user@127.0.0.1:PORT', '127.0.0.1:0PORT', '[::1%25lo]:PORT'])(
    'like %j is no endpoint',
    async (text) => {
      const target = text.replace('PORT', port)
      await expectBlocked(requestOf('TCP', target))
      await expectBlocked(requestOf('TLS', target))
      expectNothingReached()
    },
  )
})

test('the canaries do sing', async () => {
  const careless = createChecker({ policy: policyOf('127.0.0.1') })
  await careless.run(requestOf('PING', '127.0.0.1'))
  await careless.run(requestOf('TCP', canary.address))
  await careless.run(requestOf('DNS', 'shop.example', { resolver: canary.address }))
  expect(reached()).toEqual([1, 1, ['127.0.0.1']])
})

function requestsTo(host: string): CheckRequest[] {
  return [
    requestOf('TCP', `${host}:${port}`, { timeoutMs: 2_000 }),
    requestOf('TLS', `${host}:${port}`, { timeoutMs: 2_000 }),
    requestOf('PING', host, { timeoutMs: 2_000 }),
  ]
}

function resolverAt(host: string): CheckRequest {
  return requestOf('DNS', 'shop.example', { resolver: `${host}:${port}`, timeoutMs: 2_000 })
}

async function expectBlocked(request: CheckRequest): Promise<void> {
  const finding = await checker.run(request)
  expect(finding, request.kind).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' })
}

function expectNothingReached(): void {
  expect(reached()).toEqual([0, 0, []])
}

/** Connections, datagrams, and addresses that were pinged though they are not public. */
function reached() {
  const pinged = readFileSync(trace, 'utf8').match(/\S+$/gm) ?? []
  return [canary.streams(), canary.datagrams(), pinged.filter((address) => address !== PUBLIC)]
}
