import { correctOffset } from '../../core/clock-offset.ts'
import type { Database } from './database.ts'
import { type Running, startLoop } from './loop.ts'
import { epochMs } from './sql.ts'

/** The only fake in the tests: everything that asks the time asks here. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number
}

/** Whatever this machine is set to. */
export const systemClock: Clock = { now: () => Date.now() }

const ASK_EVERY_MS = 10_000

/**
 * The database's time: one clock for all processes and for all that is stored. Between its answers it is
 * counted on by what nobody sets, so that a machine whose clock jumps misdates and misses nothing.
 */
export async function startDatabaseClock({
  pool,
  log,
}: Pick<Database, 'pool' | 'log'>): Promise<Clock & Running> {
  let offsetMs: number | null = null

  async function ask(): Promise<void> {
    const sentAt = unsetTime()
    const { rows } = await pool.query<{ serverTime: number }>(
      `SELECT ${epochMs('now()')} AS "serverTime"`,
    )
    const { serverTime } = rows[0]!
    offsetMs = correctOffset(offsetMs, { sentAt, receivedAt: unsetTime(), serverTime })
  }

  // Connected first, so that the question takes no longer than the way there and back.
  await pool.query('SELECT 1')
  await ask()
  const name = "ask the database's time"
  const asking = startLoop({ name, everyMs: ASK_EVERY_MS, log, work: ask })
  return { now: () => unsetTime() + (offsetMs ?? 0), stop: asking.stop }
}

/** This machine's time as it was at the start and goes on, whoever sets it. */
function unsetTime(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
