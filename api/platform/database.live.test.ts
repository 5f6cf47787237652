import { pino } from 'pino'
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

test('what a transaction notes is in the log once it is committed, and never of one that is not', async () => {
  const lines: string[] = []
  const log = pino({}, { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) })
  await using database = await openTestDatabase()
  await inTransaction({ ...database, log }, async (tx) => {
    tx.onceCommitted(({ log }) => log.info('done'))
    expect(lines).toEqual([])
  })
  expect(lines).toEqual(['done'])
  const failing = inTransaction({ ...database, log }, async (tx) => {
    tx.onceCommitted(({ log }) => log.info('never done'))
    throw new Error('changed my mind')
  })
  await expect(failing).rejects.toThrow('changed my mind')
  expect(lines).toEqual(['done'])
})

test('a connection cut inside a transaction fails that transaction and nothing else', async () => {
  await using database = await openTestDatabase()
  const cut = inTransaction(database, async (tx) => {
    await tx.query('SELECT pg_terminate_backend(pg_backend_pid())')
  })
  await expect(cut).rejects.toThrow()
  expect(await database.prisma.workspace.count()).toBe(0)
})

test('what comes before the commit is of the transaction, and after all else of it', async () => {
  await using database = await openTestDatabase()
  const done: string[] = []
  await inTransaction(database, async (tx) => {
    tx.beforeCommit(async () => {
      await tx.query(`INSERT INTO workspaces (name) VALUES ('last')`)
      done.push('last')
    })
    done.push('work')
  })
  expect(done).toEqual(['work', 'last'])
  expect(await database.prisma.workspace.count()).toBe(1)
})
