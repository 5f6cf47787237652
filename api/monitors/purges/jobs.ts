import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { deleteChecks, deleteRollups, endPurge, lockPurge } from './store.ts'

/** Checks deleted in one transaction: far inside the statement timeout. */
const CHUNK = 10_000

/** Removes what deleted monitors left behind. Several processes may: each purges other monitors. */
export async function purgeDeleted(deps: Deps): Promise<void> {
  let isMore = true
  while (isMore) isMore = await inTransaction(deps.database, purgeChunk)
}

/** False when nothing is left to purge. */
async function purgeChunk(tx: Transaction): Promise<boolean> {
  const monitorId = await lockPurge(tx)
  if (monitorId === null) return false
  if ((await deleteChecks(tx, monitorId, CHUNK)) < CHUNK) {
    await deleteRollups(tx, monitorId)
    await endPurge(tx, monitorId)
  }
  return true
}
