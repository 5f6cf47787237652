import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from '../../generated/prisma/client.ts'
import { type Bus, createLocalBus } from './bus.ts'
import { errorCode } from './error-code.ts'
import { createLog, type Log } from './log.ts'

/** Longest any statement may run; a migration or a job that needs longer says so itself. */
const STATEMENT_TIMEOUT_MS = 5_000
const CONNECTION_TIMEOUT_MS = 10_000
/** Longest a transaction may hold its locks and do nothing: whoever froze in it has lost it. */
const IDLE_TIMEOUT_MS = 10_000
const POOL_SIZE = 10
/** How often one transaction is begun. Whoever comes again waits behind those that it met: a second time is rare. */
const MAX_RUNS = 3
/** SQLSTATEs of transactions that were ended for another's sake: a serialization failure, a deadlock. */
const CROSSED = new Set(['40001', '40P01'])
/** Ours are look-ups of a batch's keys: on an SSD they belong to the indexes, however many rows there are beside. */
const PLANNER_OPTIONS = '-c random_page_cost=1.1'

export type Database = {
  pool: pg.Pool
  prisma: PrismaClient
  close(): Promise<void>
} & Witnesses

/** Who hears of a transaction once it is committed: the log for people, the bus for readers. */
export type Witnesses = { log: Log; bus: Bus }

/** Where SQL runs: the pool, or the one connection of a transaction. */
export type Sql = Pick<pg.ClientBase, 'query'>

/** A connection inside BEGIN … COMMIT. Asking for it says: call me only within a transaction. */
export type Transaction = Sql & {
  readonly inTransaction: true
  /** The last thing before COMMIT, for locks that must be held no longer than that. */
  beforeCommit(work: () => Promise<void>): void
  /** What is rolled back is never noted. */
  onceCommitted(note: Note): void
}

type Note = (to: Witnesses) => void

export function openDatabase(
  url: string,
  { log, bus }: Witnesses = { log: createLog('silent'), bus: createLocalBus() },
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
    options: PLANNER_OPTIONS,
  })
  // An idle connection that the server drops must not end the process; the next query reports it.
  pool.on('error', ignore)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    pool,
    prisma,
    log,
    bus,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/**
 * Runs `work` in one READ COMMITTED transaction; any throw rolls all of it back. Of two that wait for each other
 * PostgreSQL ends one: its work is run again from the start, so it changes nothing but what its transaction holds.
 */
export async function inTransaction<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let run = 1; ; run += 1) {
    try {
      return await runOnce(database, work)
    } catch (error) {
      if (run === MAX_RUNS || !isCrossed(error)) throw error
      database.log.warn({ err: error }, 'a transaction got in the way of another, and is run again')
    }
  }
}

async function runOnce<T>(database: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await database.pool.connect()
  // A connection that is cut fails the next query; without a listener it would end the process first.
  client.on('error', ignore)
  let broken: Error | undefined
  const lasts: (() => Promise<void>)[] = []
  const notes: Note[] = []
  try {
    await client.query('BEGIN')
    const result = await work({
      query: client.query.bind(client) as Sql['query'],
      inTransaction: true,
      beforeCommit: (last) => void lasts.push(last),
      onceCommitted: (note) => void notes.push(note),
    })
    for (const last of lasts) await last()
    await client.query('COMMIT')
    for (const note of notes) note(database)
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

function ignore(): void {}

function isCrossed(error: unknown): boolean {
  return error instanceof pg.DatabaseError && CROSSED.has(error.code ?? '')
}

/** SQLSTATE classes that say "not now": connection, resources, operator, deadlock, system. */
const PASSING_CLASSES = new Set(['08', '40', '53', '55', '57', '58'])

/** Whether the same work may succeed later: the server is away, full or busy, and the data is not at fault. */
export function isPassing(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return PASSING_CLASSES.has((error.code ?? '').slice(0, 2))
  if (!(error instanceof Error)) return false
  // EPIPE and its like are the system's; Node's own mistakes are called ERR_…. Prisma's P1001 and its like
  // say that it does not get through to the server.
  return /^(E(?!RR_)|P1)/.test(errorCode(error)) || /connection|timeout/i.test(error.message)
}
