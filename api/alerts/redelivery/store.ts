import { randomUUIDv7 } from 'node:crypto'
import type { AlertChannel, DeliveryStatus } from '../../../generated/prisma/enums.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import type { AlertPlace } from '../alert.ts'

type Key = { id: string; workspaceId: string }

/** Waits for whoever settles what was sent again of it: they need the alert, which is locked after that. */
export async function lockPendingOf(tx: Transaction, { id, workspaceId }: Key): Promise<void> {
  await tx.query(
    `SELECT FROM redeliveries WHERE alert_id = $1 AND workspace_id = $2 AND status = 'PENDING' FOR UPDATE`,
    [id, workspaceId],
  )
}

/** Null where the workspace has no such alert. */
export async function lockAlert(
  tx: Transaction,
  { id, workspaceId }: Key,
): Promise<{ status: DeliveryStatus } | null> {
  const { rows } = await tx.query<{ status: DeliveryStatus }>(
    'SELECT status FROM alerts WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE',
    [id, workspaceId],
  )
  return rows[0] ?? null
}

/** False where the alert is on its way again already. */
export async function insertRedelivery(
  tx: Transaction,
  { id, workspaceId }: Key,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO redeliveries (id, workspace_id, alert_id, channel, channel_id, recipient)
     SELECT $3, workspace_id, id, channel, channel_id, recipient FROM alerts WHERE id = $1 AND workspace_id = $2
     ON CONFLICT DO NOTHING`,
    [id, workspaceId, randomUUIDv7()],
  )
  return rowCount === 1
}

/** The alert that is sent again. */
export type Resent = AlertPlace & { kind: AlertChannel; channelId: string | null }

/** Null once its monitor has been deleted. */
export async function readResent(sql: Sql, redeliveryId: string): Promise<Resent | null> {
  const { rows } = await sql.query<Resent>({
    name: 'read-resent',
    text: `
      SELECT a.id AS "alertId", a.workspace_id AS "workspaceId", a.monitor_id AS "monitorId",
        a.channel AS kind, a.channel_id AS "channelId"
      FROM redeliveries r JOIN alerts a ON a.id = r.alert_id WHERE r.id = $1`,
    values: [redeliveryId],
  })
  return rows[0] ?? null
}

/** Given up before, and now its receiver has it. False where it was sent before. */
export async function markSentAfterAll(
  tx: Transaction,
  { alertId, workspaceId }: AlertPlace,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE alerts SET status = 'SENT', sent_at = now(), error = NULL
     WHERE id = $1 AND workspace_id = $2 AND status = 'FAILED'`,
    [alertId, workspaceId],
  )
  return rowCount === 1
}
