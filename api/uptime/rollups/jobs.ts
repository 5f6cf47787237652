import { LATENESS_BOUND_MS } from '../../../core/region.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { lockNextHour, rollUpHour } from './store.ts'

const HOUR_MS = 3_600_000
/** For results on their way into a transaction while the lateness bound passes, and for clocks that differ. */
const MARGIN_MS = 5 * 60_000
/** One run catches up with this many hours at most; the next run goes on. */
const MAX_HOURS = 1_000

type RollUpDeps = Pick<Deps, 'database' | 'clock'>

/** Rolls up every hour that no result can reach any more, one transaction each; how many there were. Any number of processes may run it. */
export async function rollUpHours(deps: RollUpDeps): Promise<number> {
  let hours = 0
  while (hours < MAX_HOURS && (await rollUpNextHour(deps))) hours += 1
  return hours
}

function rollUpNextHour(deps: RollUpDeps): Promise<boolean> {
  return inTransaction(deps.database, async (tx: Transaction) => {
    const hourAt = await lockNextHour(tx)
    if (hourAt === null || !isClosed(hourAt, deps.clock.now())) return false
    await rollUpHour(tx, hourAt)
    return true
  })
}

function isClosed(hourAt: number, nowMs: number): boolean {
  return hourAt + HOUR_MS + LATENESS_BOUND_MS + MARGIN_MS <= nowMs
}
