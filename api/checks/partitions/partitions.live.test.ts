import { expect, test } from 'vitest'
import { openTestDatabase } from '../../../test/database.ts'
import { inTransaction } from '../../platform/database.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { keepPartitions } from './deeds.ts'
import { partitionOf } from './partition.ts'
import { dropPartition, makePartition } from './store.ts'

const environment = readEnvironment({ CHECK_RETENTION_DAYS: '30' })
const DAY_MS = 86_400_000

test('a day past retention is dropped, one within it stays', async () => {
  await using database = await openTestDatabase()
  const [past, kept] = [31, 30].map((days) => partitionOf(Date.now() - days * DAY_MS))
  await inTransaction(database, async (tx) => {
    await makePartition(tx, past!)
    await makePartition(tx, kept!)
  })
  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [past!.name] })
  expect(await keepPartitions({ database, environment })).toEqual({ make: [], drop: [] })
})

test('a missing day is made once when several processes look at the same moment', async () => {
  await using database = await openTestDatabase()
  const ahead = partitionOf(Date.now() + 4 * DAY_MS)
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
