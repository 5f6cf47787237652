import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Checker, createChecker } from './check.ts'
import { startDnsServer } from './testing/dns-server.ts'
import { FORBIDDEN_NAMES, forbiddenNames, PUBLIC } from './testing/forbidden-names.ts'
import { FORBIDDEN_HOSTS, FORBIDDEN_LOCATIONS, FORBIDDEN_TEXTS } from './testing/forbidden.ts'
import { policyOf, requestFor } from './testing/request.ts'
import { startHttpTarget, type TestTarget } from './testing/target.ts'

/** Where the canaries listen, at the very port on which PUBLIC is open. */
const CANARIES = ['127.0.0.1', '::1'].filter(isOfThisMachine)

let checker: Checker
let port: number
let targets: TestTarget[]
let names: Awaited<ReturnType<typeof startDnsServer>>
const forbidden = forbiddenNames()

beforeAll(async () => {
  targets = await startAtOnePort()
  port = targets[0]!.port
  names = await startDnsServer(forbidden.reply)
  checker = createChecker({ policy: policyOf(PUBLIC), dnsServers: [names.address] })
})

afterAll(async () => {
  await names[Symbol.asyncDispose]()
  await Promise.all(targets.map((target) => target[Symbol.asyncDispose]()))
})

describe.each(Object.entries(FORBIDDEN_HOSTS))('%s', (_, hosts) => {
  test.each(hosts)('%s is blocked', async (host) => {
    expect(await check(`http://${host}:${port}/`)).toEqual(BLOCKED)
    expect(canariesReached()).toBe(0)
  })
})

describe('a text', () => {
  test.each(FORBIDDEN_TEXTS)('like %j is blocked', async (text) => {
    expect(await check(withPort(text))).toEqual(BLOCKED)
    expect(canariesReached()).toBe(0)
  })
})

describe('a name', () => {
  test.each(Object.keys(FORBIDDEN_NAMES))('like %s is blocked', async (name) => {
    expect(await check(`http://${name}:${port}/`)).toEqual(BLOCKED)
    expect(await check(`http://${name.toUpperCase()}.:${port}/`)).toEqual(BLOCKED)
    expect(canariesReached()).toBe(0)
  })

  test('that is rebound after it was judged leads to the address that was judged', async () => {
    forbidden.unbind()
    expect(await check(`http://rebound.example:${port}/`)).toEqual({
      outcome: 'UP',
      errorKind: null,
    })
    expect(forbidden.isRebound()).toBe(true)
    expect(await check(`http://rebound.example:${port}/`)).toEqual(BLOCKED)
    expect(canariesReached()).toBe(0)
  })
})

describe('a redirect', () => {
  test.each(FORBIDDEN_LOCATIONS)('to %j goes nowhere', async (location) => {
    const { errorKind } = await check(redirectTo(withPort(location)))
    expect(errorKind).toMatch(/^(BLOCKED_TARGET|INVALID_RESPONSE)$/)
    expect(canariesReached()).toBe(0)
  })

  test('over allowed places to a forbidden one goes nowhere', async () => {
    const chain = redirectTo(redirectTo(redirectTo(`http://127.0.0.1:${port}/`)))
    expect(await check(chain)).toEqual(BLOCKED)
    expect(canariesReached()).toBe(0)
  })

  test('to a name that is rebound between the hops goes nowhere', async () => {
    forbidden.unbind()
    const there = `http://rebound.example:${port}/?to=${encodeURIComponent(`http://rebound.example:${port}/`)}`
    expect(await check(there)).toEqual(BLOCKED)
    expect(canariesReached()).toBe(0)
  })
})

test('the table has at least 120 spellings, and the canaries do sing', async () => {
  const spellings = [Object.values(FORBIDDEN_HOSTS), FORBIDDEN_TEXTS, FORBIDDEN_LOCATIONS].flat(2)
  expect(new Set(spellings).size).toBeGreaterThanOrEqual(120)
  const careless = createChecker({ policy: policyOf('127.0.0.0/8,::1') })
  await Promise.all(targets.map(({ url }) => careless.run(requestFor(url))))
  expect(canariesReached()).toBe(CANARIES.length)
})

/** The kernel finds a port that is free at the first address; at the others it may be taken. */
async function startAtOnePort(attemptsLeft = 10): Promise<TestTarget[]> {
  await using started = new AsyncDisposableStack()
  const open = started.use(await startHttpTarget(redirectAsAsked, { host: PUBLIC }))
  try {
    const canaries: TestTarget[] = []
    for (const host of CANARIES) {
      const canary = await startHttpTarget((_, response) => response.end(), {
        host,
        port: open.port,
      })
      canaries.push(started.use(canary))
    }
    started.move()
    return [open, ...canaries]
  } catch (error) {
    if (attemptsLeft === 0) throw error
  }
  return await startAtOnePort(attemptsLeft - 1)
}

function isOfThisMachine(address: string): boolean {
  const interfaces = Object.values(networkInterfaces()).flat()
  return interfaces.some((one) => one?.address === address)
}

const BLOCKED = { outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' }

async function check(target: string) {
  const { outcome, errorKind } = await checker.run(requestFor(target, { timeoutMs: 2_000 }))
  return { outcome, errorKind }
}

function canariesReached(): number {
  return targets.slice(1).reduce((sum, canary) => sum + canary.accepted(), 0)
}

function withPort(text: string): string {
  return text.replaceAll('PORT', String(port))
}

function redirectTo(location: string): string {
  return `http://${PUBLIC}:${port}/?to=${encodeURIComponent(location)}`
}

/** Sends the check on to where its query says, in the bytes of UTF-8 as servers do. */
function redirectAsAsked(
  ...[request, response]: Parameters<Parameters<typeof startHttpTarget>[0]>
) {
  const location = new URL(request.url ?? '/', 'http://here').searchParams.get('to')
  if (location === null) return response.end()
  return response.writeHead(302, { location: Buffer.from(location).toString('latin1') }).end()
}
