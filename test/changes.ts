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
