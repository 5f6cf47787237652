import type { Database } from '../api/platform/database.ts'
import { eventually } from './eventually.ts'

/** Resolves once somebody waits for a lock that another transaction holds: whoever holds it comes first. */
export async function untilSomebodyWaits({ pool }: Database): Promise<void> {
  await eventually('somebody waits for a lock', async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    )
    return rowCount !== 0
  })
}
