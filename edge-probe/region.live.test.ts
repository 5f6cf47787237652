import type http from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requestFor } from '../agent/testing/request.ts'
import { startHttpTarget, startTcpTarget } from '../agent/testing/target.ts'
import { shardOf } from '../core/probe-plan.ts'
import type { ProbeAssignment } from '../core/probe-protocol.ts'
import { eventually } from '../test/eventually.ts'
import { pickPort } from '../test/rig/ports.ts'
import type { EdgeRegion } from './settings.ts'
import { assignmentOf } from './testing/assignment.ts'
import { type Edge, keyOf, startEdge } from './testing/edge.ts'
import { startSink } from './testing/sink.ts'

/** The shortest of which no run is later than half. */
const INTERVAL_SECONDS = 6
const INTERVAL_MS = INTERVAL_SECONDS * 1_000
const HELD_MS = 1_500
const SHARD_SIZE = 10
const HOUR_MS = 3_600_000
const DEADLINE_MS = 50_000

/** A region for each story: all are told at once, by one Worker. */
const STORIES = {
  steady: 'weur',
  crowded: 'enam',
  cutOff: 'apac',
  deceived: 'eeur',
  moved: 'wnam',
  large: 'me',
  elsewhen: 'oc',
  unwell: 'afr',
} as const satisfies Record<string, EdgeRegion>

const running = new AsyncDisposableStack()
const keys = Object.values(STORIES).map(keyOf)
const visits = { deceived: 0, kept: 0, underWay: 0, most: 0 }
const target = running.use(await startHttpTarget(answer))
const sink = running.use(await startSink(keys))
const network = { port: await pickPort(), referencePort: await pickPort() }
let reached = await openNetwork()
const large = Array.from({ length: SHARD_SIZE + 2 }, () => monitor('/ok'))
let edge: Edge

beforeAll(async () => {
  const crowd = Array.from({ length: SHARD_SIZE }, () => monitor('/crowd'))
  sink.assign(STORIES.steady, [monitor('/ok')])
  sink.assign(STORIES.crowded, crowd)
  sink.assign(STORIES.cutOff, [monitor('/kept')])
  sink.assign(STORIES.deceived, [monitor('/deceived')])
  sink.assign(STORIES.moved, [monitor('/ok')])
  sink.assign(STORIES.large, large)
  sink.assign(STORIES.elsewhen, [monitor('/ok')])
  sink.assign(STORIES.unwell, [monitor('', `http://127.0.0.1:${network.port}/`)])
  sink.become(STORIES.deceived, 'FORGED')
  sink.setClock(STORIES.elsewhen, HOUR_MS)
  const vars = {
    SHARD_SIZE: String(SHARD_SIZE),
    SUBREQUESTS: '1000',
    REFERENCE_TARGETS: `127.0.0.1:${network.referencePort}`,
  }
  edge = running.use(await startEdge({ pharosUrl: sink.url, keys, vars }))
  await edge.cron()
})
afterAll(async () => {
  await running.disposeAsync()
  await reached.disposeAsync()
})

describe.concurrent('in regions side by side', () => {
  test('the cron wakes an object in each region, which asks what to check', async () => {
    const regions = Object.values(STORIES)
    await soon('each region has synced', () =>
      regions.every((region) => sink.syncs.some((sync) => sync.region === region)),
    )
    expect(sink.syncs.find(({ region }) => region === STORIES.steady)?.request).toMatchObject({
      version: '0.1.0',
      capabilities: ['HTTP', 'TCP', 'DNS'],
      colo: null,
      shard: { index: 0, of: 1 },
      assignmentsVersion: null,
      unhealthySince: null,
      results: [],
    })
  })

  test('every slot is run by alarm, though the cron comes once a minute', async () => {
    const seen = () => resultsOf(STORIES.steady)
    await soon('three slots have run', () => seen().length >= 3)
    const slots = seen().map(({ scheduledAt }) => scheduledAt)
    expect(offGrid(slots)).toEqual([])
    const delays = seen().map(({ checkedAt, scheduledAt }) => checkedAt - scheduledAt)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(INTERVAL_MS / 2)
  })

  test('no more than five checks are under way, which leaves one of six connections to the sync', async () => {
    await soon('all have run twice', () => resultsOf(STORIES.crowded).length >= 2 * SHARD_SIZE)
    expect(visits.most).toBe(5)
  })

  test('what the server does not take is kept, and told when it is back', async () => {
    const region = STORIES.cutOff
    await soon('it has begun', () => resultsOf(region).length > 0)
    sink.become(region, 'AWAY')
    await soon('some results are kept', async () => (await keptOf(region)) >= 3)
    sink.become(region, 'UP')
    await soon('all of them have come', async () => (await keptOf(region)) === 0)
    const slots = () => resultsOf(region).map(({ scheduledAt }) => scheduledAt)
    expect(slots().length).toBeGreaterThanOrEqual(4)
    await soon('whatever was found is told', () => slots().length === visits.kept)
    expect(offGrid(slots())).toEqual([])
  })

  test('an answer that the server did not sign is not obeyed', async () => {
    const region = STORIES.deceived
    const syncs = () => sink.syncs.filter((sync) => sync.region === region)
    await soon('it has asked thrice', () => syncs().length >= 3)
    expect(syncs().every(({ request }) => request.assignmentsVersion === null)).toBe(true)
    expect(await edge.rows(region, 'SELECT * FROM assignments')).toEqual([])
    expect(visits.deceived).toBe(0)
    sink.become(region, 'UP')
    await soon('it obeys the right one', () => visits.deceived > 0)
  })

  test('an object that leaves memory goes on with what it has stored', async () => {
    const region = STORIES.moved
    await soon('it has begun', () => resultsOf(region).length > 0)
    sink.become(region, 'AWAY')
    await soon('a result is kept', async () => (await keptOf(region)) >= 1)
    const toldBefore = resultsOf(region).length
    await edge.evict(region)
    await soon('it goes on without server and cron', async () => (await keptOf(region)) >= 2)
    sink.become(region, 'UP')
    await soon('what it kept has come', () => resultsOf(region).length >= toldBefore + 2)
  })

  test('a region of more monitors than one object takes is divided among two', async () => {
    const region = STORIES.large
    await soon('the first object has them all', () => resultsOf(region).length >= large.length)
    await edge.cron()
    const told = () => sink.syncs.filter((sync) => sync.region === region && isDivided(sync))
    await soon('both objects tell of all theirs', () => {
      const ids = new Set(told().flatMap(({ request }) => request.results.map(idOf)))
      return ids.size === large.length
    })
    const firsts = large.filter(({ monitorId }) => shardOf(monitorId, 2) === 0)
    expect(await edge.rows(region, 'SELECT id FROM assignments ORDER BY id')).toEqual(
      firsts.map(({ monitorId }) => ({ id: monitorId })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    )
    const indexes = new Set(told().map(({ request }) => request.shard?.index))
    expect(indexes).toEqual(new Set([0, 1]))
  })

  test("checks are dated by the server's clock, even where the two are an hour apart", async () => {
    await soon('it has found the time', () => resultsOf(STORIES.elsewhen).length > 0)
    const last = resultsOf(STORIES.elsewhen).at(-1)!
    const agoMs = Date.now() + HOUR_MS - last.checkedAt
    expect(agoMs).toBeGreaterThanOrEqual(-1_000)
    expect(agoMs).toBeLessThan(DEADLINE_MS)
  })

  test('while its own network is gone a region says nothing of its targets', async () => {
    const region = STORIES.unwell
    await soon('its target was reached', () => resultsOf(region).length > 0)
    await reached.disposeAsync()
    const found = await soon('it knows', () =>
      resultsOf(region).find(({ outcome }) => outcome !== 'UP'),
    )
    expect(found).toMatchObject({ outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' })
    expect(found.message).toContain("The probe's own network is gone")
    await soon('it says so', () => lastSync(region)?.request.unhealthySince)
    reached = await openNetwork()
    await soon('it is well again', () => lastSync(region)?.request.unhealthySince === null)
    expect(resultsOf(region).every(({ outcome }) => outcome !== 'DOWN')).toBe(true)
  })
})

function soon<T>(what: string, ask: () => Promise<T> | T) {
  return eventually(what, ask, DEADLINE_MS)
}

function monitor(path: string, url = `${target.url}${path}`): ProbeAssignment {
  return assignmentOf(requestFor(url), { intervalSeconds: INTERVAL_SECONDS })
}

function resultsOf(region: EdgeRegion) {
  const results = sink.results.filter((result) => result.region === region)
  return results.toSorted((a, b) => a.scheduledAt - b.scheduledAt || a.attempt - b.attempt)
}

async function keptOf(region: EdgeRegion): Promise<number> {
  return (await edge.rows(region, 'SELECT id FROM results')).length
}

/** Steps from slot to slot that no grid has. One over several is: a run that comes late by half is left out. */
function offGrid(slots: number[]): number[] {
  const steps = slots.slice(1).map((slot, index) => slot - slots[index]!)
  return steps.filter((step) => step <= 0 || step % INTERVAL_MS !== 0)
}

type Sync = (typeof sink.syncs)[number]

function lastSync(region: EdgeRegion): Sync | undefined {
  return sink.syncs.findLast((sync) => sync.region === region)
}

function isDivided({ request }: Sync): boolean {
  return request.shard?.of === 2
}

function idOf(read: Sync['request']['results'][number]): string {
  return 'result' in read ? read.result.monitorId : ''
}

/** A target and a reference target that go and come together. */
async function openNetwork(): Promise<AsyncDisposableStack> {
  const stack = new AsyncDisposableStack()
  const { port, referencePort } = network
  stack.use(await startHttpTarget((_, response) => response.end(), { port }))
  stack.use(await startTcpTarget((socket) => socket.end(), { port: referencePort }))
  return stack
}

function answer({ url }: http.IncomingMessage, response: http.ServerResponse): void {
  if (url === '/deceived') visits.deceived++
  if (url === '/kept') visits.kept++
  if (url !== '/crowd') return void response.end('ok')
  visits.underWay++
  visits.most = Math.max(visits.most, visits.underWay)
  setTimeout(() => {
    visits.underWay--
    response.end('at last')
  }, HELD_MS)
}
