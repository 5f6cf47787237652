import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { makeWorkspace } from '../../test/monitors.ts'
import { inTransaction, openDatabase } from './database.ts'

test('no statement runs for more than 5 s, whichever way it comes', async () => {
  await using fresh = await openTestDatabase()
  const database = openDatabase(fresh.url)
  await using _ = { [Symbol.asyncDispose]: database.close }
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

test('of two that wait for each other one is run again, and each is done once', async () => {
  await using database = await openTestDatabase()
  const ids = await Promise.all([makeWorkspace(database), makeWorkspace(database)])
  const holding = ids.map(() => Promise.withResolvers<void>())
  const noted: number[] = []
  let runs = 0
  const cross = (place: number) =>
    inTransaction(database, async (tx) => {
      runs += 1
      const mark = (id?: string) =>
        tx.query(`UPDATE workspaces SET name = name || '!' WHERE id = $1`, [id])
      tx.beforeCommit(
        async () => void (await tx.query(`INSERT INTO workspaces (name) VALUES ('last')`)),
      )
      tx.onceCommitted(() => noted.push(place))
      await mark(ids[place])
      holding[place]?.resolve()
      await Promise.all(holding.map(({ promise }) => promise))
      await mark(ids[1 - place])
    })
  await Promise.all([cross(0), cross(1)])
  expect({ runs, noted: noted.toSorted() }).toEqual({ runs: 3, noted: [0, 1] })
  const workspaces = await database.prisma.workspace.findMany({ orderBy: { id: 'asc' } })
  expect(workspaces.map(({ name }) => name)).toEqual(['Test!!', 'Test!!', 'last', 'last'])
})

test.each([
  ['40P01', 3],
  ['40001', 3],
  ['23505', 1],
])('what fails with %s every time is begun %i times', async (code, times) => {
  await using database = await openTestDatabase()
  let runs = 0
  const failing = inTransaction(database, async (tx) => {
    runs += 1
    await tx.query(`DO $$ BEGIN RAISE 'crossed' USING ERRCODE = '${code}'; END $$`)
  })
  await expect(failing).rejects.toThrow('crossed')
  expect(runs).toBe(times)
})
