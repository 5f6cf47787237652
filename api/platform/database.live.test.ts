import { expect, test } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { inTransaction } from './database.ts'

test('no statement runs for more than 5 s, whichever way it comes', async () => {
  await using database = await openTestDatabase()
  const { rows } = await database.pool.query('SHOW statement_timeout')
  expect(rows).toEqual([{ statement_timeout: '5s' }])
  expect(await database.prisma.$queryRaw`SHOW statement_timeout`).toEqual(rows)
  await expect(
    inTransaction(database, async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = '10ms'`)
      await tx.query('SELECT pg_sleep(60)')
    }),
  ).rejects.toThrow('statement timeout')
})

test('a throw takes back all that a transaction wrote, and gives its connection back', async () => {
  await using database = await openTestDatabase()
  const { max } = database.pool.options
  for (let times = 0; times <= max; times += 1) {
    const failing = inTransaction(database, async (tx) => {
      await tx.query(`INSERT INTO workspaces (name) VALUES ('never')`)
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
  }
  expect(await database.prisma.workspace.count()).toBe(0)
})
