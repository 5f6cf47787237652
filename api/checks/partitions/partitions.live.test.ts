import { expect, test } from 'vitest'
import { openTestDatabase } from '../../../test/database.ts'
import { makeWorkspace } from '../../../test/monitors.ts'
import { insertChecks, makeMonitor } from '../../../test/past.ts'
import { tellTime } from '../../../test/rig/told-time.ts'
import { type Database, inTransaction } from '../../platform/database.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { rollUpHours } from '../../uptime/rollups/jobs.ts'
import { keepPartitions } from './deeds.ts'
import { partitionOf } from './partition.ts'
import { dropPartition, makePartition } from './store.ts'

const environment = readEnvironment({ CHECK_RETENTION_DAYS: '30' })
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

test('a day past retention is dropped, one within it stays', async () => {
  await using still = await openStill()
  const { database, now } = still
  const [past, kept] = [31, 30].map((days) => partitionOf(now - days * DAY_MS))
  await inTransaction(database, async (tx) => {
    await makePartition(tx, past!)
    await makePartition(tx, kept!)
  })
  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [past!.name] })
  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [] })
})

test('a day past retention stays until its last hour is rolled up', async () => {
  await using still = await openStill()
  const { database, now } = still
  const past = partitionOf(now - 31 * DAY_MS)
  await inTransaction(database, (tx) => makePartition(tx, past))
  const workspaceId = await makeWorkspace(database)
  const monitorId = await makeMonitor(database, workspaceId)
  await insertChecks(database, workspaceId, monitorId, past.toAt - 1, [['UP', 10]])

  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [] })
  await rollUpHours({ database, clock: { now: () => past.toAt } })
  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [] })
  await rollUpHours({ database, clock: { now: () => past.toAt + HOUR_MS } })
  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [past.name] })
  expect(await countRolledUp(database, monitorId)).toBe(1)
})

test('a missing day is made once when several processes look at the same moment', async () => {
  await using still = await openStill()
  const { database, now } = still
  const ahead = partitionOf(now + 4 * DAY_MS)
  await inTransaction(database, (tx) => dropPartition(tx, ahead.name))
  const plans = await Promise.all([1, 2, 3].map(() => keepPartitions({ database, environment })))
  expect(plans.flatMap(({ make }) => make)).toEqual([ahead])
})

test('a row for a day that was never made is refused, not swallowed', async () => {
  await using database = await openTestDatabase()
  await expect(
    database.pool.query(
      `INSERT INTO checks (monitor_id, scheduled_at, attempt, region, workspace_id, checked_at, outcome)
       VALUES (uuidv7(), '2020-01-01', 0, 'local', uuidv7(), '2020-01-01', 'UP')`,
    ),
  ).rejects.toThrow('no partition of relation "checks" found for row')
})

/** One whose days of now are made, and in which it never gets midnight. */
async function openStill() {
  const database = await openTestDatabase()
  const told = await tellTime(database)
  const now = Date.now()
  await told.setNow(now)
  await keepPartitions({ database: told, environment })
  async function close() {
    await told.close()
    await database.close()
  }
  return { database: told, now, [Symbol.asyncDispose]: close }
}

async function countRolledUp({ pool }: Database, monitorId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT sum(up_count)::int AS count FROM check_rollups WHERE monitor_id = $1',
    [monitorId],
  )
  return rows[0]!.count
}
