import { randomUUIDv7 } from 'node:crypto'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { Deps } from '../deps.ts'
import type { CastVote } from '../monitors/consensus.ts'
import { newestFirst } from '../page.ts'
import type { Sql, Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import type { AlertIntent, AlertPlace } from './alert.ts'
import { readChannelIdsOfContact } from './channels/store.ts'
import { joinReader } from './contacts/store.ts'
import type { AlertFilter } from './filter.ts'
import { type Notice, regionsBehind } from './message.ts'
import type { Family } from './telling.ts'
import { LATENESS } from './withholding/store.ts'
import { worsenedInWords } from './worsening/worsening.ts'

/** Writes the intents in their order and gives those that are new; one that is there already stays as it is. */
export async function insertAlerts(tx: Transaction, alerts: AlertIntent[]): Promise<AlertPlace[]> {
  if (alerts.length === 0) return []
  const { rows } = await tx.query<AlertPlace>({
    name: 'insert-alerts',
    text: `
      INSERT INTO alerts (id, workspace_id, monitor_id, incident_id, transition_id, days_left,
        latency_ms, type, round, channel, channel_id, recipient, status, withheld_reason, review_at)
      SELECT id, workspace_id, monitor_id, incident_id, transition_id, days_left, latency_ms, type,
        round, channel, channel_id, recipient,
        CASE WHEN withheld_reason IS NULL THEN 'PENDING' ELSE 'WITHHELD' END::delivery_status,
        withheld_reason, to_timestamp(review_at / 1000.0)
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[],
                  $7::alert_type[], $8::int[], $9::alert_channel[], $10::uuid[], $11::text[],
                  $12::withheld_reason[], $13::float8[], $14::int[])
        WITH ORDINALITY AS a (id, workspace_id, monitor_id, incident_id, transition_id, days_left, type,
                              round, channel, channel_id, recipient, withheld_reason, review_at, latency_ms, place)
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
      alerts.map((alert) => alert.round),
      alerts.map((alert) => alert.recipient.channel),
      alerts.map((alert) => alert.recipient.channelId),
      alerts.map((alert) => alert.recipient.address),
      alerts.map(({ gate }) => (gate.isOpen ? null : gate.reason)),
      alerts.map(({ gate }) => (gate.isOpen ? null : gate.reviewAt)),
      alerts.map((alert) => alert.latencyMs),
    ],
  })
  return rows
}

/** Null once its monitor has been deleted. */
export async function readPlace(
  sql: Sql,
  alertId: string,
): Promise<(AlertPlace & { channelId: string | null }) | null> {
  const { rows } = await sql.query<AlertPlace & { channelId: string | null }>({
    name: 'read-alert-place',
    text: `
      SELECT id AS "alertId", workspace_id AS "workspaceId", monitor_id AS "monitorId",
        channel_id AS "channelId"
      FROM alerts WHERE id = $1`,
    values: [alertId],
  })
  return rows[0] ?? null
}

/**
 * Of two that fail at the same time each would see the other on its way: whoever is second waits here, and
 * finds the first failed. In the order in which a batch of results locks them, those about certificates before all
 * others, and after their monitors: the alerts that tell it to others point there.
 */
export async function lockIncidentsOf(tx: Transaction, alertIds: string[]): Promise<void> {
  await tx.query(
    `SELECT FROM monitors WHERE id IN (SELECT monitor_id FROM alerts WHERE id = ANY ($1::uuid[]))
     ORDER BY id FOR KEY SHARE`,
    [alertIds],
  )
  await tx.query(
    `SELECT FROM incidents WHERE id IN (SELECT incident_id FROM alerts WHERE id = ANY ($1::uuid[]))
     ORDER BY kind <> 'CERTIFICATE', started_at, id FOR NO KEY UPDATE`,
    [alertIds],
  )
}

/** What tells the same as each of these alerts, that one first, whoever it goes to. */
export async function readFamilies(sql: Sql, alertIds: string[]): Promise<Family[]> {
  const { rows } = await sql.query<Family>(
    `SELECT a.round,
       json_build_object('workspaceId', a.workspace_id, 'monitorId', a.monitor_id, 'incidentId',
         a.incident_id, 'transitionId', a.transition_id, 'daysLeft', a.days_left, 'latencyMs', a.latency_ms,
         'type', a.type) AS news,
       json_agg(json_build_object('isFailed', s.status = 'FAILED', 'recipient', json_build_object(
         'channel', s.channel, 'channelId', s.channel_id, 'address', s.recipient, 'quiet', NULL))
         ORDER BY s.id <> a.id, s.position) AS tried
     FROM alerts a
     JOIN alerts s ON s.incident_id = a.incident_id AND s.type = a.type AND s.round = a.round
       AND (s.transition_id, s.days_left) IS NOT DISTINCT FROM (a.transition_id, a.days_left)
     WHERE a.id = ANY ($1::uuid[])
     GROUP BY a.id
     ORDER BY a.position`,
    [alertIds],
  )
  return rows
}

/** What an alert tells, as it is known now; null if its monitor has been deleted. */
export async function readNotice(sql: Sql, alertId: string): Promise<Notice | null> {
  const { rows } = await sql.query<
    Omit<Notice, 'regions' | 'regionCount'> & { votes: CastVote[] | null; latencyMs: number | null }
  >({
    name: 'read-notice',
    text: READ_NOTICE,
    values: [alertId],
  })
  const [row] = rows
  if (!row) return null
  const { votes, latencyMs, ...notice } = row
  const cause = latencyMs === null ? notice.cause : worsenedInWords(latencyMs)
  const regions = regionsBehind(notice.type, votes ?? [])
  return { ...notice, cause, regions, regionCount: votes?.length ?? 0 }
}

export type AlertQuery = Pick<Prisma.AlertFindUniqueArgs, 'select' | 'include'>

export function readAlert(
  { database }: Deps,
  where: { id: string; workspaceId: string },
  query: AlertQuery,
) {
  return database.prisma.alert.findUnique({ ...query, where })
}

/** Those of a contact are those of their channels. */
export async function readAlerts(
  deps: Deps,
  workspaceId: string,
  filter: AlertFilter,
  query: Prisma.AlertFindManyArgs,
) {
  const where = await matchingAlerts(deps, workspaceId, filter)
  return deps.database.prisma.alert.findMany(newestFirst(query, where))
}

export async function countAlerts(
  deps: Deps,
  workspaceId: string,
  filter: AlertFilter,
): Promise<number> {
  const where = await matchingAlerts(deps, workspaceId, filter)
  return deps.database.prisma.alert.count({ where })
}

/** What the timeline says of an alert `a`, and who did it; of a call, how the last acknowledgement ended. */
export const JOIN_ENTRY = `LEFT JOIN LATERAL (
    SELECT json_build_object('text', e.text, 'by', u.name) AS entry
    FROM incident_entries e LEFT JOIN users u ON u.id = e.user_id
    WHERE e.incident_id = a.incident_id AND e.created_at <= a.created_at
      AND e.kind::text = CASE a.type WHEN 'DOWN' THEN 'REOPENED' ELSE a.type::text END
    ORDER BY e.created_at DESC, e.id DESC
    LIMIT 1
  ) said ON a.type IN ('ACKNOWLEDGED', 'REOPENED', 'RESOLVED') OR a.type = 'DOWN' AND a.round > 0`

/** Whether an alert `a` of an incident `i` is told because nobody is at it, which holds still. */
export const IS_UNATTENDED = `(a.round > 0 AND i.status = 'OPEN')`

// A good check is looked for in the day before the trouble: older ones help nobody find its cause. What tells that
// an incident is open again belongs to the transition that had closed it: its votes are those that opened it.
const READ_NOTICE = `
  SELECT a.id AS "alertId", a.incident_id AS "incidentId", i.kind AS "incidentKind",
    a.monitor_id AS "monitorId", a.type, a.days_left AS "daysLeft", a.latency_ms AS "latencyMs",
    a.recipient, coalesce(k.time_zone, 'UTC') AS "timeZone", i.screenshot_url AS "screenshotUrl",
    m.name AS "monitorName", m.kind AS "monitorKind", m.target,
    ${epochMs('i.started_at')} AS "startedAt",
    ${epochMs('i.resolved_at')} AS "resolvedAt",
    i.retracted_at IS NOT NULL AS "isRetracted", i.cause, said.entry,
    ${IS_UNATTENDED} AS "isUnattended",
    coalesce(before.type = 'ACKNOWLEDGED', false) AS "isAcknowledgedThere", t.to_status AS "statusAfter",
    ${epochMs('good.checked_at')} AS "lastGoodAt", ${epochMs('a.created_at')} AS "decidedAt",
    ${LATENESS} AS lateness,
    ${epochMs('m.certificate_expires_at')} AS "certificateExpiresAt", t.votes
  FROM alerts a
  JOIN incidents i ON i.id = a.incident_id
  JOIN monitors m ON m.id = a.monitor_id
  ${joinReader('a')}
  LEFT JOIN LATERAL (
    SELECT to_status, votes FROM transitions
    WHERE id = a.transition_id
      OR monitor_id = a.monitor_id AND at = i.started_at AND superseded_at IS NULL
        AND a.type IN ('DOWN', 'SLOW')
    ORDER BY to_status <> CASE a.type WHEN 'DOWN' THEN 'DOWN' WHEN 'SLOW' THEN 'DEGRADED' END::monitor_status,
      id <> a.transition_id
    LIMIT 1
  ) t ON true
  LEFT JOIN LATERAL (
    SELECT c.checked_at FROM checks c
    WHERE c.monitor_id = a.monitor_id
      AND c.scheduled_at BETWEEN i.started_at - interval '1 day' AND i.started_at
      AND c.outcome = 'UP'
      AND (a.type <> 'SLOW' OR c.latency_ms <= m.latency_threshold_ms)
    ORDER BY c.scheduled_at DESC, c.attempt DESC
    LIMIT 1
  ) good ON a.type IN ('DOWN', 'SLOW')
  LEFT JOIN LATERAL (
    SELECT b.type FROM alerts b
    WHERE b.incident_id = a.incident_id AND b.channel_id = a.channel_id AND b.position < a.position
      AND b.status <> 'WITHHELD'
    ORDER BY b.position DESC
    LIMIT 1
  ) before ON true
  ${JOIN_ENTRY}
  WHERE a.id = $1`

export async function matchingAlerts(
  { database }: Pick<Deps, 'database'>,
  workspaceId: string,
  { contactId, ...filter }: AlertFilter,
): Promise<Prisma.AlertWhereInput> {
  const { status, type, withheldReason, monitorId, incidentId, channelId, from, to } = filter
  const contact = contactId ? { id: contactId, workspaceId } : null
  const ofContact = contact && (await readChannelIdsOfContact(database.pool, contact))
  return {
    workspaceId,
    ...(status && { status: { in: [...status] } }),
    ...(type && { type: { in: [...type] } }),
    ...(withheldReason && { withheldReason: { in: [...withheldReason] } }),
    ...(monitorId && { monitorId }),
    ...(incidentId && { incidentId }),
    ...((from || to) && { createdAt: { ...(from && { gte: from }), ...(to && { lt: to }) } }),
    AND: [channelId ? { channelId } : {}, ofContact ? { channelId: { in: ofContact } } : {}],
  }
}
