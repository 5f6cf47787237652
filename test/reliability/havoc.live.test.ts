import { test } from 'vitest'
import { eventually } from '../eventually.ts'
import { startRedis, type TestRedis } from '../redis.ts'
import { type Balancer, openBalancer } from '../rig/balancer.ts'
import { createDice, type Dice, seed } from '../rig/dice.ts'
import { createFlapping, startFlapping } from '../rig/flapping.ts'
import { caller, signUp } from '../rig/graphql.ts'
import { createInstances, type Instances } from '../rig/instances.ts'
import { allHeard, listen } from '../rig/listeners.ts'
import { everythingTold, RECIPIENT } from '../rig/play.ts'
import { openProxy, type Proxy } from '../rig/proxy.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const HAVOC_MS = full ? 120_000 : 8_000
const TIMEOUT_MS = full ? 600_000 : 180_000
const SERVERS = 2
/** Of each transport. */
const LISTENERS = full ? 4 : 2
const REGIONS = ['north', 'south']
const MONITORS = full ? 40 : 12
/** In each region. A turn is four changes: of the monitor, its incident, the alert, and its delivery. */
const TURNS_PER_SECOND = 25
/** So many changes are stored before something else happens. */
const MOST_CHANGES = full ? 800 : 300

type Scene = {
  stage: Stage
  redis: TestRedis
  proxy: Proxy
  instances: Instances
  balancer: Balancer
}
type Fault = (scene: Scene, dice: Dice) => Promise<void> | void

/** What goes wrong, one thing after the other in each of these, and at the same time as the others. */
const LANES: Record<string, Fault>[] = [
  {
    'a server killed': (scene, dice) => replaceOne(scene, dice, 'SIGKILL'),
    'a server stopped': (scene, dice) => replaceOne(scene, dice, 'SIGTERM'),
    'all servers killed': killAll,
  },
  {
    'Redis killed': async (scene, dice) => {
      await scene.redis.kill()
      await changesAreStored(scene, dice)
      await scene.redis.start()
    },
    'Redis hanging': async (scene, dice) => {
      scene.redis.freeze()
      await changesAreStored(scene, dice)
      scene.redis.resume()
    },
    'Redis half-open': async (scene, dice) => {
      scene.proxy.halfOpen()
      await changesAreStored(scene, dice)
      scene.proxy.mend()
    },
    'Redis cut off': ({ proxy }) => proxy.cut(),
    'Redis flushed': ({ redis }) => redis.flush(),
  },
  {
    'connections cut': ({ balancer }, dice) => balancer.cut(() => dice.below(2) === 0),
    // Whoever follows by server-sent events takes half a minute to notice.
    ...(full && {
      'connections frozen': ({ balancer }: Scene, dice: Dice) =>
        balancer.freeze(() => dice.below(4) === 0),
    }),
  },
]

test(
  `servers, Redis and connections go down at random: who follows hears all, in order and once (seed ${seed})`,
  async () => {
    await using stage = await openStage()
    await using redis = await startRedis()
    await using proxy = await openProxy(redis.port)
    const variables = { REDIS_URL: proxy.throughHere(redis.url) }
    const instances = createInstances(stage, createDice(seed), { variables })
    // Of their own for probes: the connections of listeners go down too.
    await using entrance = await openBalancer(instances.ports)
    await using balancer = await openBalancer(instances.ports)
    await Promise.all(Array.from({ length: SERVERS }, instances.start))
    const alice = await signUp(() => entrance.url, RECIPIENT)
    const probes = []
    for (const region of REGIONS)
      probes.push(await createFlapping(alice, { region, count: MONITORS }))
    await using listeners = listen(
      caller(() => balancer.url, alice.token),
      LISTENERS,
    )

    const flapping = await Promise.all(
      probes.map((probe) => startFlapping(entrance.url, probe, TURNS_PER_SECOND)),
    )
    const startedAt = performance.now()
    const faults = await wreak({ stage, redis, proxy, instances, balancer })
    const tookMs = performance.now() - startedAt

    await Promise.all(flapping.map(({ stop }) => stop()))
    await everythingTold(stage)
    const stored = await allHeard(stage, listeners)

    for (const server of instances.servers()) await instances.end(server, 'SIGTERM')
    if (full) tell({ faults, stored, tookMs })
  },
  TIMEOUT_MS,
)

/** How often each fault has happened by the end. */
async function wreak(scene: Scene): Promise<Map<string, number>> {
  const endsAt = performance.now() + HAVOC_MS
  const counts = new Map<string, number>()
  await Promise.all(
    LANES.map(async (lane, index) => {
      const dice = createDice(seed + index + 1)
      while (performance.now() < endsAt) {
        const name = dice.oneOf(Object.keys(lane))
        await lane[name]!(scene, dice)
        counts.set(name, (counts.get(name) ?? 0) + 1)
        await changesAreStored(scene, dice)
      }
    }),
  )
  return counts
}

async function replaceOne(scene: Scene, dice: Dice, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const { instances } = scene
  await instances.end(dice.oneOf(instances.servers()), signal)
  await changesAreStored(scene, dice)
  await instances.start()
}

async function killAll({ instances }: Scene): Promise<void> {
  await Promise.all(instances.servers().map((server) => instances.end(server, 'SIGKILL')))
  await Promise.all(Array.from({ length: SERVERS }, instances.start))
}

async function changesAreStored({ stage }: Scene, dice: Dice): Promise<void> {
  const until = (await storedIn(stage)) + dice.below(MOST_CHANGES)
  await eventually('changes are stored', async () => (await storedIn(stage)) >= until)
}

async function storedIn({ database }: Stage): Promise<number> {
  const { rows } = await database.pool.query<{ last: number }>(
    'SELECT coalesce(max(position), 0)::float8 AS last FROM changes',
  )
  return rows[0]!.last
}

type Account = { faults: Map<string, number>; stored: number; tookMs: number }

function tell({ faults, stored, tookMs }: Account): void {
  const seconds = tookMs / 1_000
  console.log(
    `${Math.round(seconds)} s of havoc with seed ${seed}: ${stored} changes, ` +
      `${Math.round(stored / seconds)} a second, each heard once and in order by ${2 * LISTENERS} listeners`,
  )
  for (const [fault, times] of faults) console.log(`${fault}: ${times} times`)
}
