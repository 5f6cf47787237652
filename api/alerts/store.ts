import { randomUUIDv7 } from 'node:crypto'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { AlertType, DeliveryStatus } from '../../generated/prisma/enums.ts'
import type { Deps } from '../deps.ts'
import type { CastVote } from '../monitors/consensus.ts'
import { newestFirst } from '../page.ts'
import type { Sql, Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import type { AlertIntent, Recipient } from './alert.ts'
import { type Notice, regionsBehind } from './message.ts'

/** Of which monitor an alert is. */
export type AlertPlace = { alertId: string; workspaceId: string; monitorId: string }

/** Writes the intents in their order and gives those that are new; one that is there already stays as it is. */
export async function insertAlerts(tx: Transaction, alerts: AlertIntent[]): Promise<AlertPlace[]> {
  if (alerts.length === 0) return []
  const { rows } = await tx.query<AlertPlace>({
    name: 'insert-alerts',
    text: `
      INSERT INTO alerts
        (id, workspace_id, monitor_id, incident_id, transition_id, days_left, type, channel, recipient)
      SELECT id, workspace_id, monitor_id, incident_id, transition_id, days_left, type, channel,
        recipient
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[],
                  $7::alert_type[], $8::alert_channel[], $9::text[])
        WITH ORDINALITY AS a (id, workspace_id, monitor_id, incident_id, transition_id, days_left,
                              type, channel, recipient, place)
      ORDER BY place
      ON CONFLICT DO NOTHING
      RETURNING id AS "alertId", workspace_id AS "workspaceId", monitor_id AS "monitorId"`,
    values: [
      alerts.map(() => randomUUIDv7()),
      alerts.map((alert) => alert.workspaceId),
      alerts.map((alert) => alert.monitorId),
      alerts.map((alert) => alert.incidentId),
      alerts.map((alert) => alert.transitionId),
      alerts.map((alert) => alert.daysLeft),
      alerts.map((alert) => alert.type),
      alerts.map((alert) => alert.recipient.channel),
      alerts.map((alert) => alert.recipient.address),
    ],
  })
  return rows
}

/** Null once its monitor has been deleted. */
export async function readPlace(sql: Sql, alertId: string): Promise<AlertPlace | null> {
  const { rows } = await sql.query<AlertPlace>({
    name: 'read-alert-place',
    text: `
      SELECT id AS "alertId", workspace_id AS "workspaceId", monitor_id AS "monitorId"
      FROM alerts WHERE id = $1`,
    values: [alertId],
  })
  return rows[0] ?? null
}

/**
 * Whom a monitor's alerts may go to, best first: its alert e-mail, its creator's while a member, the
 * workspace's first owner's. Monitors with nobody are absent.
 */
export async function readCandidates(
  sql: Sql,
  monitorIds: string[],
): Promise<Map<string, Recipient[]>> {
  const { rows } = await sql.query<{ monitorId: string; addresses: string[] }>({
    name: 'read-alert-candidates',
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
export async function readTold(sql: Sql, incidentIds: string[]): Promise<Map<string, Recipient[]>> {
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

export type Sibling = AlertIntent & { id: string; status: DeliveryStatus }

/** The alerts that tell the same as this one, it included, whoever they go to. */
export async function readSiblings(sql: Sql, alertId: string): Promise<Sibling[]> {
  const { rows } = await sql.query<Sibling>(
    `SELECT s.id, s.status, s.type, s.workspace_id AS "workspaceId", s.monitor_id AS "monitorId",
       s.incident_id AS "incidentId", s.transition_id AS "transitionId", s.days_left AS "daysLeft",
       json_build_object('channel', s.channel, 'address', s.recipient) AS recipient
     FROM alerts a
     JOIN alerts s ON s.incident_id = a.incident_id AND s.type = a.type
       AND (s.transition_id, s.days_left) IS NOT DISTINCT FROM (a.transition_id, a.days_left)
     WHERE a.id = $1
     ORDER BY s.position`,
    [alertId],
  )
  return rows
}

/** What an alert tells, as it is known now; null if its monitor has been deleted. */
export async function readNotice(sql: Sql, alertId: string): Promise<Notice | null> {
  const { rows } = await sql.query<Omit<Notice, 'regions'> & { votes: CastVote[] | null }>({
    name: 'read-notice',
    text: READ_NOTICE,
    values: [alertId],
  })
  const [row] = rows
  if (!row) return null
  const { votes, ...notice } = row
  return { ...notice, regions: regionsBehind(notice.type, votes ?? []) }
}

export type AlertFilter = {
  status?: readonly DeliveryStatus[] | null
  type?: readonly AlertType[] | null
  monitorId?: string | null
  incidentId?: string | null
}

export function readAlerts(
  { database }: Deps,
  workspaceId: string,
  filter: AlertFilter,
  query: Prisma.AlertFindManyArgs,
) {
  return database.prisma.alert.findMany(newestFirst(query, matching(workspaceId, filter)))
}

export type AlertQuery = Pick<Prisma.AlertFindUniqueArgs, 'select' | 'include'>

export function readAlert(
  { database }: Deps,
  where: { id: string; workspaceId: string },
  query: AlertQuery,
) {
  return database.prisma.alert.findUnique({ ...query, where })
}

export function countAlerts(
  { database }: Deps,
  workspaceId: string,
  filter: AlertFilter,
): Promise<number> {
  return database.prisma.alert.count({ where: matching(workspaceId, filter) })
}

// A good check is looked for in the day before the trouble: older ones help nobody find its cause.
const READ_NOTICE = `
  SELECT a.id AS "alertId", a.incident_id AS "incidentId", a.type, a.recipient,
    m.name AS "monitorName", m.target,
    ${epochMs('i.started_at')} AS "startedAt",
    ${epochMs('i.resolved_at')} AS "resolvedAt",
    i.retracted_at IS NOT NULL AS "isRetracted", i.cause,
    ${epochMs('good.checked_at')} AS "lastGoodAt", ${epochMs('a.created_at')} AS "decidedAt",
    ${epochMs('m.certificate_expires_at')} AS "certificateExpiresAt", t.votes
  FROM alerts a
  JOIN incidents i ON i.id = a.incident_id
  JOIN monitors m ON m.id = a.monitor_id
  LEFT JOIN transitions t ON t.id = a.transition_id
  LEFT JOIN LATERAL (
    SELECT c.checked_at FROM checks c
    WHERE c.monitor_id = a.monitor_id
      AND c.scheduled_at BETWEEN i.started_at - interval '1 day' AND i.started_at
      AND c.outcome = 'UP'
      AND (a.type <> 'SLOW' OR c.latency_ms <= m.latency_threshold_ms)
    ORDER BY c.scheduled_at DESC, c.attempt DESC
    LIMIT 1
  ) good ON a.type IN ('DOWN', 'SLOW')
  WHERE a.id = $1`

function matching(
  workspaceId: string,
  { status, type, monitorId, incidentId }: AlertFilter,
): Prisma.AlertWhereInput {
  return {
    workspaceId,
    ...(status && { status: { in: [...status] } }),
    ...(type && { type: { in: [...type] } }),
    ...(monitorId && { monitorId }),
    ...(incidentId && { incidentId }),
  }
}

function byEmail(address: string): Recipient {
  return { channel: 'EMAIL', address }
}
