import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { startRedis, type TestRedis } from '../redis.ts'
import { type Follower, follow } from '../rig/follower.ts'
import { type Caller, caller, signUp } from '../rig/graphql.ts'
import { consult } from '../rig/oracle.ts'
import { createCast, everythingTold, RECIPIENT, turn } from '../rig/play.ts'
import { openProxy, type Proxy } from '../rig/proxy.ts'
import type { RunningServer } from '../rig/server.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const MONITORS = 3
const ROUNDS = full ? 10 : 1
const TIMEOUT_MS = full ? 900_000 : 120_000

type Scene = { redis: TestRedis; proxy: Proxy }

/** What becomes of Redis while everything turns, and how it is made good. */
const FAULTS: Record<string, { begin(scene: Scene): unknown; end(scene: Scene): unknown }> = {
  there: { begin: () => {}, end: () => {} },
  slow: { begin: ({ proxy }) => proxy.delay(500), end: ({ proxy }) => proxy.delay(0) },
  killed: { begin: ({ redis }) => redis.kill(), end: ({ redis }) => redis.start() },
  flushed: { begin: ({ redis }) => redis.flush(), end: () => {} },
  'half-open': { begin: ({ proxy }) => proxy.halfOpen(), end: ({ proxy }) => proxy.mend() },
  hanging: { begin: ({ redis }) => redis.freeze(), end: ({ redis }) => redis.resume() },
  cut: { begin: ({ proxy }) => proxy.cut(), end: () => {} },
}

test(
  'whatever becomes of Redis, all is decided and told, and who follows misses nothing and sees nothing twice',
  async () => {
    await using stage = await openStage()
    await using redis = await startRedis()
    await using proxy = await openProxy(redis.port)
    const variables = { REDIS_URL: proxy.throughHere(redis.url) }
    const servers = [await stage.start({ variables }), await stage.start({ variables })]
    const alice = await signUp(() => servers[0]!.url!, RECIPIENT)
    const play = await createCast(alice, stage, MONITORS)
    const followers = await Promise.all(servers.map((server) => follow(at(server, alice), '0')))
    await redisIsUp(servers)
    await turn(stage, alice, play)

    const slowest = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round += 1)
      for (const [fault, { begin, end }] of Object.entries(FAULTS)) {
        await begin({ redis, proxy })
        const startedAt = performance.now()
        await turn(stage, alice, play)
        await allHeard(stage, followers)
        const tookMs = performance.now() - startedAt
        slowest.set(fault, Math.max(tookMs, slowest.get(fault) ?? 0))
        await end({ redis, proxy })
        await redisIsUp(servers)
      }
    await everythingTold(stage)
    await allHeard(stage, followers)

    const { faults } = await consult(stage.database.pool, play, stage.sink.mails)
    expect(faults).toEqual([])
    for (const follower of followers) await follower.stop()
    for (const server of servers) expect(await server.stop()).toMatchObject({ code: 0 })
    tell(slowest)
  },
  TIMEOUT_MS,
)

function at(server: RunningServer, { token }: Caller): Caller {
  return caller(() => server.url!, token)
}

async function redisIsUp(servers: RunningServer[]): Promise<void> {
  await eventually('all servers have Redis', async () => {
    const answers = servers.map(async ({ url }) => (await fetch(`${url}/readyz`)).json())
    const told = (await Promise.all(answers)) as { redis: string }[]
    return told.every(({ redis }) => redis === 'up')
  })
}

/** Each has been told of every change that is stored, in order and once. */
async function allHeard({ database }: Stage, followers: Follower[]): Promise<void> {
  await eventually('all is heard', async () => {
    const { rows } = await database.pool.query<{ cursor: string }>(
      'SELECT position::text AS cursor FROM changes ORDER BY position',
    )
    for (const { cursors } of followers) expect(cursors).toEqual(rows.map(({ cursor }) => cursor))
    return true
  })
}

function tell(slowest: Map<string, number>): void {
  if (!full) return
  for (const [fault, ms] of slowest)
    console.log(`Redis ${fault}: all turned, and all followers told, within ${Math.round(ms)} ms`)
}
