import type { Transaction } from '../../platform/database.ts'

export async function insertPurge(tx: Transaction, monitorId: string): Promise<void> {
  await tx.query('INSERT INTO purges (monitor_id) VALUES ($1) ON CONFLICT DO NOTHING', [monitorId])
}

/** A deleted monitor that nobody else is purging now; null if there is none. */
export async function lockPurge(tx: Transaction): Promise<string | null> {
  const { rows } = await tx.query<{ monitorId: string }>(
    `SELECT monitor_id AS "monitorId" FROM purges ORDER BY created_at
     LIMIT 1 FOR UPDATE SKIP LOCKED`,
  )
  return rows[0]?.monitorId ?? null
}

/** Deletes up to `most` of its checks; how many there were. */
export async function deleteChecks(
  tx: Transaction,
  monitorId: string,
  most: number,
): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM checks WHERE monitor_id = $1 AND (scheduled_at, attempt, region) IN (
       SELECT scheduled_at, attempt, region FROM checks WHERE monitor_id = $1 LIMIT $2)`,
    [monitorId, most],
  )
  return rowCount ?? 0
}

/** Waits for an hour that is being rolled up: its checks may have been read before the monitor was deleted. */
export async function deleteRollups(tx: Transaction, monitorId: string): Promise<void> {
  await tx.query(`SELECT FROM progress WHERE name = 'check_rollups' FOR SHARE`)
  await tx.query('DELETE FROM check_rollups WHERE monitor_id = $1', [monitorId])
}

export async function endPurge(tx: Transaction, monitorId: string): Promise<void> {
  await tx.query('DELETE FROM purges WHERE monitor_id = $1', [monitorId])
}
