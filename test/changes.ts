import { ofMonitor } from '../api/changes/change.ts'
import { announce } from '../api/changes/deeds.ts'
import { type Database, inTransaction } from '../api/platform/database.ts'
import type { Watched } from './monitors.ts'

/** One change of a monitor, committed and called out. */
export function stir(database: Database, { monitorId: id, workspaceId }: Watched): Promise<void> {
  return inTransaction(database, async (tx) => {
    announce(tx, [ofMonitor({ id, workspaceId }, 'UPDATED', true)])
  })
}

/** Nobody learns where a workspace stands until this is called off. */
export async function holdUpSubscribers({ pool }: Database) {
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE change_counts')
  // The table has one oid in all copies of the template.
  const held = `FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database()
    WHERE relation = 'change_counts'::regclass AND NOT granted`
  return {
    isSomebodyHeldUp: async () => (await pool.query(`SELECT ${held}`)).rowCount !== 0,
    /** As the server does that goes down. */
    cutOff: () => pool.query(`SELECT pg_terminate_backend(pid) ${held}`),
    async letGo() {
      await client.query('ROLLBACK')
      client.release()
    },
  }
}
