import { expect, test } from 'vitest'
import { openEmptyDatabase, openTestDatabase } from '../../test/database.ts'
import { applyMigrations, readMigrations } from './migrate.ts'

test('several processes that start at once apply each migration once', async () => {
  await using database = await openEmptyDatabase()
  const names = (await readMigrations()).map(({ name }) => name)
  const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(database.url)))
  expect(applied.flat()).toEqual(names)
})

test('a database that is up to date is left as it is', async () => {
  await using database = await openTestDatabase()
  expect(await applyMigrations(database.url)).toEqual([])
})

test.each([
  [
    'that a newer version migrated',
    `UPDATE _prisma_migrations SET migration_name = '29990101000000_future'`,
    'migration 29990101000000_future is of a newer Pharos',
  ],
  [
    'whose migration was changed since',
    `UPDATE _prisma_migrations SET checksum = 'other'`,
    'was changed after it was applied',
  ],
  [
    'where another tool failed halfway',
    'UPDATE _prisma_migrations SET finished_at = NULL',
    'was begun by another tool and failed',
  ],
])('a database %s is refused', async (_, statement, why) => {
  await using database = await openTestDatabase()
  await database.pool.query(statement)
  await expect(applyMigrations(database.url)).rejects.toThrow(why)
})
