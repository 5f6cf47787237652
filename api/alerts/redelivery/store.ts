import type { DeliveryStatus } from '../../../generated/prisma/enums.ts'
import type { Transaction } from '../../platform/database.ts'

/** Null where the workspace has no such alert. */
export async function lockAlert(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<{ status: DeliveryStatus; monitorId: string } | null> {
  const { rows } = await tx.query<{ status: DeliveryStatus; monitorId: string }>(
    `SELECT status, monitor_id AS "monitorId" FROM alerts WHERE id = $1 AND workspace_id = $2
     FOR UPDATE`,
    [id, workspaceId],
  )
  return rows[0] ?? null
}

/** As if it had never been tried; by itself, where it stood in a digest. */
export async function markPending(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `UPDATE alerts SET status = 'PENDING', attempts = 0, error = NULL, sent_at = NULL, digest_id = NULL,
       next_attempt_at = now()
     WHERE id = $1`,
    [id],
  )
}
