import { expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { watch } from '../../test/monitors.ts'
import { inTransaction } from '../platform/database.ts'
import { LOCAL_REGION, type NextRun } from './assignment.ts'
import {
  claimDueRuns,
  type ClaimedRow,
  planRuns,
  releaseRuns,
  settleRuns,
  unplanRuns,
} from './store.ts'

const MONITORS = 200
const ROUNDS = 10
const AHEAD_MS = 600
const WISH = { region: LOCAL_REGION, aheadMs: AHEAD_MS, most: 2 * MONITORS }

test('two callers at once get disjoint runs, and together all of them', async () => {
  await using database = await openTestDatabase()
  const ids = await planned(database, { count: MONITORS, inMs: 0 })
  for (let round = 0; round < ROUNDS; round += 1) {
    await database.pool.query('UPDATE assignments SET is_leased = false, claimable_at = now()')
    const claims = await Promise.all([claim(database), claim(database), claim(database)])
    const claimed = claims.flat().map((row) => row.id)
    expect(claimed.toSorted()).toEqual(ids)
  }
})

test('a run is claimed a little ahead of its instant, and not earlier', async () => {
  await using database = await openTestDatabase()
  await planned(database, { count: 1, inMs: AHEAD_MS + 60_000 })
  expect(await claim(database)).toEqual([])
  await database.pool.query(`UPDATE assignments SET claimable_at = now() + interval '500 ms'`)
  const [run] = await claim(database)
  // An instant is kept to the millisecond, so it may be rounded up by half of one.
  expect(run?.startsInMs).toBeLessThanOrEqual(500.5)
})

test('a lease keeps others away until it ends, and then its holder has lost the run', async () => {
  await using database = await openTestDatabase()
  await planned(database, { count: 1, inMs: 0 })
  const [first] = await claim(database)
  expect(await claim(database)).toEqual([])

  // An instant is kept to the millisecond: now could be rounded up to one that is still to come.
  await database.pool.query(`UPDATE assignments SET claimable_at = now() - interval '1 ms'`)
  const [second] = await claim(database)
  expect(Number(second!.fence)).toBe(Number(first!.fence) + 1)

  await settle(database, first!)
  await releaseRuns(database.pool, [held(first!)])
  expect(await leases(database)).toEqual([{ isLeased: true, fence: second!.fence }])
  await settle(database, second!)
  expect(await leases(database)).toEqual([{ isLeased: false, fence: second!.fence }])
})

test('a workspace that has enough under way is passed over, however long its runs are due', async () => {
  await using database = await openTestDatabase()
  await planned(database, { count: MONITORS, inMs: -10_000 })
  const [quiet] = await planned(database, { count: 1, inMs: 0 })
  const { workspaceId } = await database.prisma.monitor.findFirstOrThrow({
    where: { id: { not: quiet! } },
  })
  expect(await claim(database, [workspaceId])).toMatchObject([{ id: quiet }])
  expect(await claim(database)).toHaveLength(MONITORS)
})

test('a run that is given back can be claimed at once', async () => {
  await using database = await openTestDatabase()
  await planned(database, { count: 1, inMs: 0 })
  const [first] = await claim(database)
  await releaseRuns(database.pool, [held(first!)])
  expect(await claim(database)).toMatchObject([{ id: first!.id, slotAt: first!.slotAt }])
})

test('what is unplanned while it runs is settled by nobody', async () => {
  await using database = await openTestDatabase()
  const ids = await planned(database, { count: 1, inMs: 0 })
  const [run] = await claim(database)
  await inTransaction(database, (tx) => unplanRuns(tx, ids))
  await settle(database, run!)
  expect(await claim(database)).toEqual([])
})

/** Monitors whose run is due at one instant; their ids in order. */
async function planned(
  database: TestDatabase,
  { count, inMs }: { count: number; inMs: number },
): Promise<string[]> {
  const { monitors } = await watch(database, { count })
  const runAt = Date.now() + inMs
  const runs = monitors.map((one) => ({ ...one, region: LOCAL_REGION, slotAt: runAt, runAt }))
  await inTransaction(database, (tx) => planRuns(tx, runs))
  return monitors.map(({ monitorId }) => monitorId).toSorted()
}

function claim({ pool }: TestDatabase, without: string[] = []): Promise<ClaimedRow[]> {
  return claimDueRuns(pool, { ...WISH, without })
}

function held({ id, region, fence }: ClaimedRow) {
  return { monitorId: id, region, fence }
}

function settle(database: TestDatabase, run: ClaimedRow): Promise<void> {
  const later = run.slotAt + 60_000
  const next: NextRun = { ...held(run), slotAt: later, attempt: 0, runAt: later }
  return inTransaction(database, (tx) => settleRuns(tx, [next]))
}

async function leases({ pool }: TestDatabase) {
  const { rows } = await pool.query('SELECT is_leased AS "isLeased", fence FROM assignments')
  return rows
}
