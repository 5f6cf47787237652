import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { isSameReceiver, LEASE_MS } from '../../outbox/store.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import { beginnings, ends } from '../alert.ts'
import { joinReader } from '../contacts/store.ts'
import type { Notice } from '../message.ts'
import type { Farewell, Leaving, Unended } from './farewell.ts'

type MonitorKey = { id: string; workspaceId: string }

/**
 * Waits for whoever settles, lets go or gives up an alert of the monitor: what comes of it decides whether it was
 * told. What is sent again comes before its alert, and both before the monitor, for which they may wait in their turn.
 */
export async function lockPending(tx: Transaction, { id, workspaceId }: MonitorKey): Promise<void> {
  await tx.query(
    `SELECT FROM redeliveries r JOIN alerts a ON a.id = r.alert_id
     WHERE a.monitor_id = $1 AND a.workspace_id = $2 AND r.status = 'PENDING'
     ORDER BY r.id FOR UPDATE OF r`,
    [id, workspaceId],
  )
  await tx.query(
    `SELECT FROM alerts
     WHERE monitor_id = $1 AND workspace_id = $2
       AND (status = 'PENDING' OR status = 'WITHHELD' AND review_at IS NOT NULL)
     ORDER BY position FOR UPDATE`,
    [id, workspaceId],
  )
}

/**
 * Of a monitor that is locked, withdraws the alerts that nobody has begun to send. Those that are left are told or
 * may be: who holds one is sending it, and a digest that was claimed before these were locked has read them.
 */
export async function withdrawUntold(
  tx: Transaction,
  { id, workspaceId }: MonitorKey,
): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id FROM alerts
     WHERE monitor_id = $1 AND workspace_id = $2 AND status = 'PENDING' AND attempts = 0
     ORDER BY position FOR UPDATE SKIP LOCKED`,
    [id, workspaceId],
  )
  await tx.query(
    `DELETE FROM alerts a WHERE a.id = ANY ($1::uuid[])
       AND NOT EXISTS (SELECT FROM digests d WHERE d.id = a.digest_id AND d.attempts > 0)`,
    [rows.map((alert) => alert.id)],
  )
}

/** The monitor's incidents that are not over, and those whose end is still on its way; locked. */
export async function lockLeaving(
  tx: Transaction,
  { id, workspaceId }: MonitorKey,
): Promise<Leaving[]> {
  const { rows } = await tx.query<Leaving>(
    `SELECT i.id AS "incidentId", i.kind AS "incidentKind", i.workspace_id AS "workspaceId",
       m.id AS "monitorId", m.name AS "monitorName", m.kind AS "monitorKind", m.target, i.cause,
       ${epochMs('i.started_at')} AS "startedAt", ${epochMs('i.resolved_at')} AS "resolvedAt"
     FROM incidents i JOIN monitors m ON m.id = i.monitor_id
     WHERE i.monitor_id = $1 AND i.workspace_id = $2 AND (i.status <> 'RESOLVED' OR EXISTS (
       SELECT FROM alerts a
       WHERE a.incident_id = i.id AND a.type = ANY ($3::alert_type[])
         AND (a.status = 'PENDING' OR a.status = 'WITHHELD' AND a.review_at IS NOT NULL)))
     ORDER BY i.kind <> 'CERTIFICATE', i.started_at, i.id
     FOR UPDATE OF i`,
    [id, workspaceId, ends],
  )
  return rows
}

/** What somebody is called; null for an account that is gone. */
export async function readActor(sql: Sql, userId: string): Promise<string | null> {
  const { rows } = await sql.query<{ name: string }>('SELECT name FROM users WHERE id = $1', [
    userId,
  ])
  return rows[0]?.name ?? null
}

/** After `withdrawUntold`. An end that was told to one mailbox in the stead of another was told to both. */
export async function readUnended(tx: Transaction, incidentIds: string[]): Promise<Unended[]> {
  const { rows } = await tx.query<Unended>(
    `SELECT DISTINCT a.incident_id AS "incidentId", a.channel, a.channel_id AS "channelId",
       a.recipient AS address
     FROM alerts a
     WHERE a.incident_id = ANY ($1::uuid[]) AND a.type = ANY ($2::alert_type[])
       AND a.status IN ('SENT', 'PENDING')
       AND NOT EXISTS (
         SELECT FROM alerts e
         WHERE e.incident_id = a.incident_id AND e.position > a.position AND e.status = 'SENT'
           AND e.type = ANY ($3::alert_type[])
           AND (${isSameReceiver('e', 'a')} OR e.channel_id IS NULL AND a.channel_id IS NULL))`,
    [incidentIds, beginnings, ends],
  )
  return rows
}

/** What may be on its way to them now must not arrive after it, and others may be told with it. */
export const FAREWELL_WAIT_MS = LEASE_MS

export async function insertFarewells(
  tx: Transaction,
  farewells: readonly Farewell[],
): Promise<void> {
  await tx.query(
    `INSERT INTO farewells (id, workspace_id, channel, channel_id, recipient, notice, review_at)
     SELECT f.*, now() + $7 * interval '1 ms'
     FROM unnest($1::uuid[], $2::uuid[], $3::alert_channel[], $4::uuid[], $5::text[], $6::jsonb[]) AS f`,
    [
      farewells.map(({ notice }) => notice.alertId),
      farewells.map(({ workspaceId }) => workspaceId),
      farewells.map(({ recipient }) => recipient.channel),
      farewells.map(({ recipient }) => recipient.channelId),
      farewells.map(({ recipient }) => recipient.address),
      farewells.map(({ notice }) => JSON.stringify(notice)),
      FAREWELL_WAIT_MS,
    ],
  )
}

/** One that is to be sent by itself, in the time zone of whoever reads it. */
export type FarewellToSend = {
  workspaceId: string
  kind: AlertChannel
  channelId: string | null
  recipient: string
  timeZone: string
  notice: Notice
}

/** Null once its workspace is gone. */
export async function readFarewell(sql: Sql, id: string): Promise<FarewellToSend | null> {
  const { rows } = await sql.query<FarewellToSend>({
    name: 'read-farewell',
    text: `
      SELECT f.workspace_id AS "workspaceId", f.channel AS kind, f.channel_id AS "channelId", f.recipient,
        coalesce(k.time_zone, 'UTC') AS "timeZone", f.notice
      FROM farewells f
      ${joinReader('f')}
      WHERE f.id = $1`,
    values: [id],
  })
  return rows[0] ?? null
}

/** Up to `most` of those made before then that are not on their way; how many there were. */
export async function deleteFarewellsBefore(sql: Sql, at: number, most: number): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM farewells WHERE id IN (
       SELECT id FROM farewells
       WHERE created_at < to_timestamp($1 / 1000.0) AND status NOT IN ('WITHHELD', 'PENDING')
       ORDER BY created_at LIMIT $2)`,
    [at, most],
  )
  return rowCount ?? 0
}
