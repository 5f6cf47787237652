import type { Database } from '../api/platform/database.ts'
import { eventually } from './eventually.ts'

/** Resolves once so many wait for locks that other transactions hold: whoever holds one comes first. */
export async function untilSomebodyWaits({ pool }: Database, count = 1): Promise<void> {
  await eventually(`${count} waiting for a lock`, async () => {
    const { rowCount } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    )
    return rowCount! >= count
  })
}
