import { randomUUIDv7 } from 'node:crypto'
import type { AlertChannel, AlertType } from '../../generated/prisma/enums.ts'
import type { Sql, Transaction } from '../platform/database.ts'
import type { AlertIntent, Recipient } from './alert.ts'

export type NewAlert = AlertIntent & { monitorId: string; workspaceId: string }

/** Writes the intents in their order; one that is there already stays as it is. */
export async function insertAlerts(tx: Transaction, alerts: NewAlert[]): Promise<void> {
  if (alerts.length === 0) return
  await tx.query({
    name: 'insert-alerts',
    text: `
      INSERT INTO alerts
        (id, workspace_id, monitor_id, incident_id, transition_id, type, channel, recipient)
      SELECT id, workspace_id, monitor_id, incident_id, transition_id, type, channel, recipient
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::alert_type[],
                  $7::alert_channel[], $8::text[])
        WITH ORDINALITY AS a (id, workspace_id, monitor_id, incident_id, transition_id, type,
                              channel, recipient, place)
      ORDER BY place
      ON CONFLICT DO NOTHING`,
    values: [
      alerts.map(() => randomUUIDv7()),
      alerts.map((alert) => alert.workspaceId),
      alerts.map((alert) => alert.monitorId),
      alerts.map((alert) => alert.incidentId),
      alerts.map((alert) => alert.transitionId),
      alerts.map((alert) => alert.type),
      alerts.map((alert) => alert.recipient.channel),
      alerts.map((alert) => alert.recipient.address),
    ],
  })
}

/**
 * Whom a monitor's alerts may go to, best first: its alert e-mail, its creator's while a member, the
 * workspace's first owner's. Monitors with nobody are absent.
 */
export async function loadCandidates(
  sql: Sql,
  monitorIds: string[],
): Promise<Map<string, Recipient[]>> {
  const { rows } = await sql.query<{ monitorId: string; addresses: string[] }>({
    name: 'load-alert-candidates',
    text: `
      SELECT m.id AS "monitorId",
        array_remove(ARRAY[m.alert_email, creator.email, owner.email], NULL) AS addresses
      FROM monitors m
      LEFT JOIN LATERAL (
        SELECT u.email FROM memberships s JOIN users u ON u.id = s.user_id
        WHERE s.workspace_id = m.workspace_id AND s.user_id = m.created_by_id
      ) creator ON true
      LEFT JOIN LATERAL (
        SELECT u.email FROM memberships s JOIN users u ON u.id = s.user_id
        WHERE s.workspace_id = m.workspace_id AND s.role = 'OWNER'
        ORDER BY s.created_at, s.user_id
        LIMIT 1
      ) owner ON true
      WHERE m.id = ANY ($1::uuid[])`,
    values: [monitorIds],
  })
  return new Map(rows.map((row) => [row.monitorId, row.addresses.map(byEmail)]))
}

/** Who was told that these incidents opened, or is about to be, by the incident's id. */
export async function loadTold(sql: Sql, incidentIds: string[]): Promise<Map<string, Recipient[]>> {
  if (incidentIds.length === 0) return new Map()
  const { rows } = await sql.query<{ incidentId: string } & Recipient>(
    `SELECT DISTINCT incident_id AS "incidentId", channel, recipient AS address
     FROM alerts
     WHERE incident_id = ANY ($1::uuid[]) AND type IN ('DOWN', 'SLOW') AND status <> 'FAILED'`,
    [incidentIds],
  )
  const told = Map.groupBy(rows, (row) => row.incidentId)
  return new Map(
    [...told].map(([id, list]) => [id, list.map(({ channel, address }) => ({ channel, address }))]),
  )
}

function byEmail(address: string): Recipient {
  return { channel: 'EMAIL', address }
}
