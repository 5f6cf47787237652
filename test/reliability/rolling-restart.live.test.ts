import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { type Follower, follow, transports } from '../followers.ts'
import { startRedis } from '../redis.ts'
import { openBalancer } from '../rig/balancer.ts'
import { gatherCrowd } from '../rig/crowd.ts'
import { createDice, seed } from '../rig/dice.ts'
import { createFlapping, startFlapping } from '../rig/flapping.ts'
import type { Caller } from '../rig/graphql.ts'
import { createInstances } from '../rig/instances.ts'
import { nudge, type NudgedSlot } from '../rig/leases.ts'
import { allHeard, listen } from '../rig/listeners.ts'
import { everythingRun, everythingTold } from '../rig/play.ts'
import type { RunningServer } from '../rig/server.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const CROWD = full ? 900 : 100
const SPREAD_MS = 1_000
const LISTENERS = full ? 20 : 3
const TURNS_PER_SECOND = 10
const CHANGES = 'subscription { changes { cursor } }'
/** A server that goes says so to sockets; a stream that ended well would be one that nobody takes up again. */
const FAREWELL = { websocket: 1001, sse: 'cut' }

test('two instances are restarted under load, one after the other: live clients are told to go, and miss nothing', async () => {
  await using stage = await openStage()
  await using redis = await startRedis()
  const variables = { REDIS_URL: redis.url }
  const instances = createInstances(stage, createDice(seed), { variables })
  await using balancer = await openBalancer(instances.ports)
  await instances.start()
  await instances.start()
  const { url } = balancer
  const [first] = instances.servers()
  const alice = { ...(await gatherCrowd(stage, first!, { count: CROWD })), url: () => url }
  const probe = await createFlapping(alice, { region: 'north', count: 10 })
  await using listeners = listen(alice, LISTENERS)
  const flapping = await startFlapping(url, probe, TURNS_PER_SECOND)
  stage.target.become('slow')

  const slots: NudgedSlot[] = []
  const tookMs: number[] = []
  const restart = async (server: RunningServer) => {
    slots.push(...(await keepBusy(stage)))
    const followers = await followOn(server, alice)
    tookMs.push(await instances.end(server, 'SIGTERM'))
    for (const [index, transport] of transports.entries())
      expect(await followers[index]!.ended).toBe(FAREWELL[transport])
  }
  for (const server of instances.servers()) {
    await restart(server)
    await instances.start()
  }
  await everythingRun(stage, slots)
  await flapping.stop()
  await everythingTold(stage)
  const stored = await allHeard(stage, listeners)

  for (const server of instances.servers()) await restart(server)
  const { rowCount } = await stage.database.pool.query('SELECT FROM assignments WHERE is_leased')
  expect(rowCount).toBe(0)
  if (full) tell(tookMs, stored)
}, 180_000)

/** Many checks are under way. */
async function keepBusy({ database, target }: Stage): Promise<NudgedSlot[]> {
  const before = target.visits.length
  const slots = await nudge(database.pool, { overMs: SPREAD_MS })
  await eventually('the servers are busy', () => target.visits.length > before + slots.length / 4)
  return slots
}

function followOn(server: RunningServer, { token }: Caller): Promise<Follower[]> {
  const asked = { query: CHANGES, token }
  return Promise.all(transports.map((transport) => follow(transport, { url: server.url! }, asked)))
}

function tell(tookMs: number[], stored: number): void {
  const slowest = Math.round(Math.max(...tookMs))
  console.log(
    `${tookMs.length} servers stopped under load, each within ${slowest} ms; ` +
      `${stored} changes, each heard once and in order by ${2 * LISTENERS} listeners`,
  )
}
