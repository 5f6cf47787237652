import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Checker, createChecker } from './check.ts'
import { type Question, type Reply, startDnsServer } from './testing/dns-server.ts'
import { FORBIDDEN_HOSTS, FORBIDDEN_LOCATIONS, FORBIDDEN_TEXTS } from './testing/forbidden.ts'
import { policyOf, requestFor } from './testing/request.ts'
import { startHttpTarget, type TestTarget } from './testing/target.ts'

/** Stands for the public internet, at the very port on which the canaries listen elsewhere. */
const PUBLIC = '127.0.0.2'
const CANARIES = ['127.0.0.1', '::1'].filter(isOfThisMachine)

/** Names that lead to where no check may go. */
const FORBIDDEN_NAMES: Record<string, string[]> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'translated.example': ['64:ff9b::7f00:1'],
  'metadata.example': ['169.254.169.254'],
  'metadata6.example': ['fd00:ec2::254'],
  'private.example': ['10.0.0.1', '192.168.0.1'],
  'mixed.example': [PUBLIC, '127.0.0.1'],
  'mixed-last.example': [PUBLIC, PUBLIC, PUBLIC, '127.0.0.1'],
  'mixed6.example': [PUBLIC, '::1'],
}

let checker: Checker
let port: number
let targets: TestTarget[]
let names: Awaited<ReturnType<typeof startDnsServer>>
let rebound = false

beforeAll(async () => {
  targets = await startAtOnePort()
  port = targets[0]!.port
  names = await startDnsServer(reply)
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
    rebound = false
    expect(await check(`http://rebound.example:${port}/`)).toEqual({
      outcome: 'UP',
      errorKind: null,
    })
    expect(rebound).toBe(true)
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
    rebound = false
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

/** `rebound.example` is public when first asked and loopback ever after. */
function reply({ name, type }: Question): Reply {
  if (name === 'rebound.example') {
    if (type === 'AAAA') return []
    const address = rebound ? '127.0.0.1' : PUBLIC
    rebound = true
    return [address]
  }
  const addresses = FORBIDDEN_NAMES[name]
  return addresses?.filter((address) => address.includes(':') === (type === 'AAAA')) ?? 'NXDOMAIN'
}
