import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Outcome } from '../../../core/check.ts'
import { follow } from '../../../test/followers.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { statementsOf } from '../../../test/statements.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { createLocalBus } from '../../platform/bus.ts'
import type { ShownCheck } from '../history/check.ts'
import { keepPartitions } from '../partitions/deeds.ts'
import { createTicks } from './reading.ts'

const SOON_MS = 20
const NEVER_MS = 3_600_000

let server: TestServer
let alice: Person

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice } = await gather(server))
  await keepPartitions(server.deps)
  const probe = {
    workspaceId: alice.workspaceId,
    region: 'weur',
    name: 'Edge',
    kind: 'EDGE' as const,
  }
  await server.database.prisma.probe.create({ data: { ...probe, secret: Buffer.of() } })
})
afterAll(() => server[Symbol.asyncDispose]())

async function watch(): Promise<{ id: string; key: string }> {
  const { data, errors } = await alice.ask(
    `mutation { createMonitor(input: { name: "Shop", kind: HTTP, target: "https://shop.example.com/",
       regions: ["local", "weur"] }) { monitor { id } } }`,
  )
  expect(errors).toEqual([])
  const { id } = data.createMonitor.monitor
  return { id, key: uuidOf('Monitor', id) }
}

/** A second later each time, so that every check is news. */
let second = 0
async function see(key: string, outcome: Outcome, region = 'local') {
  second += 1
  const fromMs = Date.now() + second * 1_000
  await report(server.deps, key, [{ outcome }], { fromMs, region })
}

const nextOf = async (reader: AsyncIterator<ShownCheck>) => {
  const { region, outcome } = (await reader.next()).value as ShownCheck
  return `${region} ${outcome}`
}

it('each check that is recorded is told with all that is known of it, and none from before', async () => {
  const { id, key } = await watch()
  await see(key, 'UP')
  using follower = await follow('sse', server, {
    query: `subscription ($id: ID!) { checkRecorded(monitorId: $id) {
      region outcome httpStatus latencyMs phases { tlsMs processingMs } remoteAddress } }`,
    variables: { id },
    token: alice.token,
  })
  await see(key, 'DOWN', 'weur')
  const { data, errors } = await follower.hear()
  expect(errors).toEqual([])
  expect(data.checkRecorded).toEqual({
    region: 'weur',
    outcome: 'DOWN',
    httpStatus: null,
    latencyMs: null,
    phases: { tlsMs: null, processingMs: 8 },
    remoteAddress: '192.0.2.1',
  })
})

it('who is slow is told the newest of each region', async () => {
  const { key } = await watch()
  const quick = await server.deps.ticks.follow(key)
  const slow = await server.deps.ticks.follow(key)
  const heard: string[] = []
  for (const [outcome, region] of [
    ['UP', 'weur'],
    ['UP', 'local'],
    ['DOWN', 'local'],
  ] as const) {
    await see(key, outcome, region)
    heard.push(await nextOf(quick))
  }
  expect(heard).toEqual(['weur UP', 'local UP', 'local DOWN'])
  expect([await nextOf(slow), await nextOf(slow)]).toEqual(['weur UP', 'local DOWN'])
  await Promise.all([quick.return!(), slow.return!()])
})

it('what a batch has recorded is read once for all, and nothing where nobody follows', async () => {
  const [followed, other] = [await watch(), await watch()]
  const ticks = createTicks(server.database, NEVER_MS)
  const readers = await Promise.all(Array.from({ length: 100 }, () => ticks.follow(followed.key)))
  const reads = async (key: string, work: () => Promise<unknown>) => {
    const statements = await statementsOf(server.database.pool, async () => {
      await see(key, 'UP')
      await work()
    })
    return statements.filter((text) => text.includes('last_checked_at IS NOT NULL')).length
  }
  const told = () => Promise.all(readers.map((reader) => reader.next()))
  expect(await reads(followed.key, told)).toBe(1)
  await Promise.all(readers.map((reader) => reader.return!()))
  expect(await reads(other.key, async () => {})).toBe(0)
})

it('what no wake tells of is found by the next look', async () => {
  const { key } = await watch()
  const deaf = { ...createLocalBus(), subscribe: () => () => {} }
  const ticks = createTicks({ ...server.database, bus: deaf }, SOON_MS)
  const reader = await ticks.follow(key)
  const waiting = nextOf(reader)
  await see(key, 'UP')
  expect(await waiting).toBe('local UP')
  await reader.return!()
})
