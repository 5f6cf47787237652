import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeAssignment, ProbeResult } from '../../../core/probe-protocol.ts'
import { eventually } from '../../../test/eventually.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import {
  assignmentsOf,
  registerProbe,
  resultOf,
  sync,
  syncOk,
  type TestProbe,
  watchFrom,
} from '../../../test/probe.ts'
import { encodeId } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'

const DOWN = { outcome: 'DOWN', errorKind: 'TIMEOUT', message: 'It took too long' } as const
const ACCEPTED = { status: 'ACCEPTED' }
const NOT_ASSIGNED = { status: 'REFUSED', reason: 'the monitor is not assigned to this probe' }

let server: TestServer
let alice: Person
let charlie: Person
let berlin: TestProbe
let bonn: TestProbe

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice, charlie } = await gather(server))
  berlin = await registerProbe(alice, 'berlin')
  bonn = await registerProbe(alice, 'bonn')
})
afterAll(() => server[Symbol.asyncDispose]())

/** A new monitor, as the probe is assigned it. */
async function assign(probe: TestProbe, wish: object = {}, regions = [probe.region]) {
  const monitorId = await watchFrom(alice, regions, wish)
  const items = await assignmentsOf(server.url, probe)
  return items.find((item) => item.monitorId === monitorId)!
}

async function report(probe: TestProbe, results: object[]) {
  const { receipts } = await syncOk(server.url, probe, { results: results as ProbeResult[] })
  return receipts
}

async function checksOf({ monitorId }: { monitorId: string }) {
  const { rows } = await server.database.pool.query(
    `SELECT region, outcome, attempt, is_late AS "isLate" FROM checks WHERE monitor_id = $1
     ORDER BY scheduled_at, attempt`,
    [monitorId],
  )
  return rows
}

const READ = `query ($id: ID!) { monitor(id: $id) { status
  votes { region vote advisory } incidents(first: 5) { nodes { kind status } } } }`

async function monitorOf({ monitorId }: { monitorId: string }) {
  const { data } = await alice.ask(READ, { id: encodeId('Monitor', monitorId) })
  return data.monitor
}

const edit = (name: string, { monitorId }: { monitorId: string }, changes: object = {}) =>
  alice.ask(
    `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) {
      ${name}(input: $input) { monitor { id } } }`,
    { input: { id: encodeId('Monitor', monitorId), ...changes } },
  )

describe('results', () => {
  it('are kept under the region of the key, and receipts come in their order', async () => {
    const [one, two] = [await assign(berlin), await assign(berlin)]
    const receipts = await report(berlin, [
      { ...resultOf(one), region: 'local' },
      { ...resultOf(two), latencyMs: 'quick' },
      resultOf(two, DOWN),
    ])
    expect(receipts).toEqual([
      ACCEPTED,
      { status: 'REFUSED', reason: expect.stringMatching(/^latencyMs/) },
      ACCEPTED,
    ])
    expect(await checksOf(one)).toMatchObject([{ region: 'berlin', outcome: 'UP' }])
    expect(await checksOf(two)).toMatchObject([{ region: 'berlin', outcome: 'DOWN' }])
  })

  it('are kept once, however often they are told', async () => {
    const one = await assign(berlin)
    const result = resultOf(one)
    for (let times = 0; times < 3; times += 1)
      expect(await report(berlin, [result, result])).toEqual([ACCEPTED, ACCEPTED])
    expect(await checksOf(one)).toHaveLength(1)
  })

  it('are kept of a kind that the probe can no longer run, and were found before', async () => {
    const one = await assign(berlin, { kind: 'PING', target: 'shop.example' })
    const told = { capabilities: ['HTTP' as const], results: [resultOf(one)] }
    const { receipts, assignments } = await syncOk(server.url, berlin, told)
    expect(receipts).toEqual([ACCEPTED])
    expect(assignments!.items).not.toContainEqual(one)
  })

  it('are refused of what is not assigned to the probe, whoever it belongs to', async () => {
    const lisbon = await registerProbe(charlie, 'lisbon')
    await watchFrom(charlie, ['lisbon'])
    const [foreign] = await assignmentsOf(server.url, lisbon)
    const elsewhere = await assign(bonn)
    const unknown = { ...elsewhere, monitorId: elsewhere.monitorId.replace(/.$/, 'f') }
    const paused = await assign(berlin)
    await edit('pauseMonitor', paused)
    const strange = [foreign!, elsewhere, unknown, paused]
    expect(
      await report(
        berlin,
        strange.map((item) => resultOf(item)),
      ),
    ).toEqual(strange.map(() => NOT_ASSIGNED))
    for (const item of strange) expect(await checksOf(item)).toEqual([])
  })

  it('of slots that the monitor does not have are refused', async () => {
    const one = await assign(berlin)
    const { scheduledAt } = resultOf(one)
    const receipts = await report(berlin, [
      resultOf(one, { scheduledAt: scheduledAt + 1 }),
      resultOf(one, { checkedAt: Date.now() + 120_000 }),
      resultOf(one, { scheduledAt: 0, checkedAt: 0 }),
    ])
    expect(receipts.map(({ status }) => status)).toEqual(['REFUSED', 'REFUSED', 'REFUSED'])
    expect(await checksOf(one)).toEqual([])
  })

  it('under settings that were changed decide nothing: later ones are refused, earlier ones kept', async () => {
    const before = await assign(berlin, { intervalSeconds: 10, timeoutMs: 1_000 })
    const early = resultOf(before, { ...DOWN, attempt: 1 })
    await edit('updateMonitor', before, { target: 'https://other.example/', intervalSeconds: 60 })
    const after = (await assignmentsOf(server.url, berlin)).find(
      ({ monitorId }) => monitorId === before.monitorId,
    )!
    expect(after.decidableFrom).toBeGreaterThan(before.decidableFrom)
    const ran = { checkedAt: after.decidableFrom - 1 }
    expect(
      await report(berlin, [
        { ...early, ...ran },
        resultOf(before, { ...DOWN, checkedAt: after.decidableFrom }),
        resultOf(after),
      ]),
    ).toEqual([
      ACCEPTED,
      { status: 'REFUSED', reason: 'it answers a question that was changed before it was asked' },
      ACCEPTED,
    ])
    const kept = await checksOf(before)
    expect(kept.map(({ outcome, isLate }) => [outcome, isLate]).toSorted()).toEqual([
      ['DOWN', true],
      ['UP', false],
    ])
  })
})

describe('one stolen key', () => {
  const once = { failureThreshold: 1, recoveryThreshold: 1 }

  it('makes no quorum alone: its region is advisory, and says so', async () => {
    const regions = ['berlin', 'bonn', 'local']
    const one = await assign(berlin, once, regions)
    await report(bonn, [resultOf(one)])
    const slots = [0, 1, 2].map((slot) => resultOf(one).scheduledAt - slot * 60_000)
    const lies = ['berlin', 'bonn', 'local'].flatMap((region) =>
      slots.map((scheduledAt, attempt) => ({
        ...resultOf(one, { ...DOWN, scheduledAt, attempt, checkedAt: one.decidableFrom + attempt }),
        region,
      })),
    )
    await report(berlin, lies)
    const { status, votes, incidents } = await monitorOf(one)
    expect(status).not.toBe('DOWN')
    expect(incidents.nodes).toEqual([])
    const down = votes.filter(({ vote }: { vote: string }) => vote === 'DOWN')
    expect(down).toEqual([{ region: 'berlin', vote: 'DOWN', advisory: expect.any(String) }])

    await report(bonn, [resultOf(one, { ...DOWN, attempt: 1 })])
    expect(await monitorOf(one)).toMatchObject({
      status: 'DOWN',
      incidents: { nodes: [{ kind: 'DOWN', status: 'OPEN' }] },
    })
  })
})

describe('many syncs at once', () => {
  it('that tell of the same monitors from several regions end all, and tell one story', async () => {
    const regions = ['ulm', 'trier', 'mainz', 'fulda']
    const probes: TestProbe[] = []
    for (const region of regions) probes.push(await registerProbe(alice, region))
    const ids: string[] = []
    for (let count = 0; count < 20; count += 1)
      ids.push(await watchFrom(alice, regions, { failureThreshold: 1 }))
    const items = await assignmentsOf(server.url, probes[0]!)
    const found = (order: ProbeAssignment[], given: Partial<ProbeResult>) =>
      order.map((item) => resultOf(item, given))
    const rounds = [DOWN, {}, DOWN].map((given, attempt) => ({ ...given, attempt }))
    const orders = [items, items.toReversed()]
    const outcomes = await Promise.all(
      probes.flatMap((probe, nth) =>
        rounds.map((given) => sync(server.url, probe, { results: found(orders[nth % 2]!, given) })),
      ),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 200))
    for (const monitorId of ids) {
      expect(await checksOf({ monitorId })).toHaveLength(12)
      expect(await monitorOf({ monitorId })).toMatchObject({ status: 'DOWN' })
    }
  })
})

describe('what cannot be recorded', () => {
  const poison = ({ monitorId }: ProbeAssignment) =>
    server.database.pool.query(`UPDATE region_votes SET track = '{}' WHERE monitor_id = $1`, [
      monitorId,
    ])

  it('is set aside with its monitor, and spoils none of the others', async () => {
    const [good, bad, fine] = [await assign(berlin), await assign(berlin), await assign(berlin)]
    await poison(bad)
    expect(
      await report(
        berlin,
        [good, bad, fine].map((item) => resultOf(item)),
      ),
    ).toEqual([
      ACCEPTED,
      { status: 'REFUSED', reason: expect.stringMatching(/set aside/) },
      ACCEPTED,
    ])
    const held = await assignmentsOf(server.url, berlin)
    expect(held.map(({ monitorId }) => monitorId)).not.toContain(bad.monitorId)
  })

  it('comes again where the fault may be ours, until others were recorded', async () => {
    const [good, bad] = [await assign(bonn), await assign(bonn)]
    await poison(bad)
    const results = [resultOf(bad)]
    const first = await sync(server.url, bonn, { results })
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '5'])
    await report(bonn, [resultOf(good)])
    expect(await report(bonn, results)).toMatchObject([{ status: 'REFUSED' }])
  })

  it('for want of the database is asked for again', async () => {
    const one = await assign(bonn)
    await inTransaction(server.database, async (tx) => {
      await tx.query('LOCK TABLE region_votes')
      const syncing = sync(server.url, bonn, { results: [resultOf(one)] })
      await eventually('the sync waits and is cancelled', async () => {
        const { rowCount } = await server.database.pool.query(
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
           WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        )
        return rowCount === 1
      })
      expect((await syncing).status).toBe(503)
    })
    expect(await report(bonn, [resultOf(one)])).toEqual([ACCEPTED])
  })
})
