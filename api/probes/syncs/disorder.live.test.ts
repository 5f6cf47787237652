import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProbeResult } from '../../../core/probe-protocol.ts'
import { LATENESS_BOUND_MS, newTrack } from '../../../core/region.ts'
import { slotAtOrAfter } from '../../../core/slot.ts'
import { probeResult } from '../../../core/testing/probe-result.ts'
import type { Observation } from '../../../core/view.ts'
import { type Arrival, arrivals } from '../../../test/arrivals.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { type Person, signUp } from '../../../test/people.ts'
import { registerProbe, syncOk, type TestProbe, watchFrom } from '../../../test/probe.ts'
import { halfTold, readStories } from '../../../test/rig/plant.ts'
import { full } from '../../../test/size.ts'
import { recompute, type Transition } from '../../monitors/timeline.ts'
import type { Sql } from '../../platform/database.ts'

const SEQUENCES = full ? 200 : 20
const MOST_CHECKS = 20
const INTERVAL_SECONDS = 10
const INTERVAL_MS = INTERVAL_SECONDS * 1_000
/** As old as results may be that still decide, less the time that the test may take. */
const AGE_MS = LATENESS_BOUND_MS - 120_000
const REGIONS = ['north', 'south']

/** A monitor whose story begins on its grid of slots. */
type Planted = { monitorId: string; regions: string[]; bornAt: number }

/** What each region delivers of each monitor. */
type Sequence = Arrival[][]

const sequence: fc.Arbitrary<Sequence> = fc.tuple(
  ...REGIONS.map(() => arrivals(INTERVAL_MS, MOST_CHECKS).map((arrived) => arrived.filter(isPast))),
)

test('signed results that come late, twice and out of order tell the story of those in order', async () => {
  await using server = await openTestServer()
  const alice = await signUp(server, 'Alice')
  const probes = await Promise.all(REGIONS.map((region) => registerProbe(alice, region)))
  const sequences = fc.sample(sequence, SEQUENCES)
  const [orderly, disorderly] = [await plant(server, alice), await plant(server, alice)]

  for (const [nth, probe] of probes.entries()) {
    const inOrder = sequences.flatMap((arrived, index) => orderOf(orderly[index]!, arrived[nth]!))
    await deliver(
      server,
      probe,
      inOrder.toSorted((a, b) => a.checkedAt - b.checkedAt),
    )
  }
  // Both regions at once, monitors mixed, a few results at a time.
  await Promise.all(
    probes.map((probe, nth) => {
      const asTheyCome = sequences.flatMap((arrived, index) =>
        arrived[nth]!.map(({ check, receivedAt }) => ({
          receivedAt,
          result: resultOf(disorderly[index]!, check),
        })),
      )
      const results = asTheyCome
        .toSorted((a, b) => a.receivedAt - b.receivedAt)
        .map(({ result }) => result)
      return deliver(server, probe, results, 25)
    }),
  )

  const { pool } = server.database
  expect(await readStories(pool, disorderly)).toEqual(await readStories(pool, orderly))
  expect(await halfTold(pool)).toEqual([])
  const { stored, again } = await judgeAgain(pool)
  expect(again).toEqual(stored)
  if (full) console.log(`${SEQUENCES} sequences over the wire: ${stored.length} transitions`)
})

/** All transitions that were ever in force, and what each comes to by nothing but what is stored with it. */
async function judgeAgain(pool: Sql) {
  const { rows } = await pool.query<Transition & { isSuperseded: boolean }>(
    `SELECT to_status AS "to", reason, cause, votes, policy,
       superseded_at IS NOT NULL AS "isSuperseded" FROM transitions`,
  )
  expect(new Set(rows.map(({ isSuperseded }) => isSuperseded))).toEqual(new Set([true, false]))
  const stored = rows.map(({ to: status, reason, cause }) => ({ status, reason, cause }))
  const again = rows.map(recompute).map(({ status, reason, cause }) => ({ status, reason, cause }))
  return { stored, again }
}

/** Every check once, in the order of its runs. */
function orderOf(planted: Planted, arrived: Arrival[]): ProbeResult[] {
  const results = arrived.map(({ check }) => resultOf(planted, check))
  const unique = new Map(
    results.map((result) => [`${result.scheduledAt} ${result.attempt}`, result]),
  )
  return [...unique.values()]
}

async function deliver(
  server: TestServer,
  probe: TestProbe,
  results: ProbeResult[],
  atOnce = 1_000,
): Promise<void> {
  for (let start = 0; start < results.length; start += atOnce) {
    const some = results.slice(start, start + atOnce)
    const { receipts } = await syncOk(server.url, probe, { results: some })
    expect(receipts).toEqual(some.map(() => ({ status: 'ACCEPTED' })))
  }
}

async function plant({ database }: TestServer, alice: Person): Promise<Planted[]> {
  const planted: Planted[] = []
  const policy = { failureThreshold: 2, recoveryThreshold: 2, slowThreshold: 2, normalThreshold: 2 }
  const wish = { ...policy, intervalSeconds: 10, timeoutMs: 1_000, latencyThresholdMs: 500 }
  for (let count = 0; count < SEQUENCES; count += 1) {
    const monitorId = await watchFrom(alice, REGIONS, wish)
    const schedule = { monitorId, intervalSeconds: INTERVAL_SECONDS }
    planted.push({
      monitorId,
      regions: REGIONS,
      bornAt: slotAtOrAfter(schedule, Date.now() - AGE_MS),
    })
  }
  for (const { monitorId, bornAt } of planted) {
    await database.pool.query(
      `WITH born AS (
         UPDATE monitors SET created_at = to_timestamp($2 / 1000.0),
           status_since = to_timestamp($2 / 1000.0), decidable_from = to_timestamp($2 / 1000.0)
         WHERE id = $1)
       UPDATE region_votes SET track = $3, silence_check_at = NULL WHERE monitor_id = $1`,
      [monitorId, bornAt, JSON.stringify(newTrack(bornAt))],
    )
  }
  return planted
}

function resultOf(
  { monitorId, bornAt }: Planted,
  { slotAt, attempt, at, outcome, latencyMs, cause }: Observation,
): ProbeResult {
  const errorKinds = { UP: null, DOWN: 'CONNECTION_REFUSED', UNKNOWN: 'BLOCKED_TARGET' } as const
  return probeResult({
    monitorId,
    decidableFrom: bornAt,
    scheduledAt: bornAt + slotAt,
    attempt,
    checkedAt: bornAt + at,
    outcome,
    errorKind: errorKinds[outcome],
    message: cause,
    latencyMs,
  })
}

/** Instants count from a birth that is as long ago, give or take a slot. */
function isPast({ check }: Arrival): boolean {
  return Math.max(check.slotAt, check.at) < AGE_MS - INTERVAL_MS
}
