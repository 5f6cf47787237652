import type { Sql } from '../../platform/database.ts'
import { beginnings, type News } from '../alert.ts'
import { IS_LIVE, RECIPIENT } from '../channels/store.ts'
import { readConditions } from '../withholding/store.ts'
import type { Audience, Listener, Recipient, Route, Topics } from './audience.ts'

/** All there is to know to tell these news, in a number of statements that does not depend on how many. */
export async function readAudience(sql: Sql, news: readonly News[]): Promise<Audience> {
  const monitorIds = [...new Set(news.map(({ monitorId }) => monitorId))]
  const incidentIds = [...new Set(news.map(({ incidentId }) => incidentId))]
  const routes = await readRoutes(sql, monitorIds)
  return {
    candidates: await readCandidates(sql, monitorIds),
    routes,
    listeners: await readListeners(sql, incidentIds),
    conditions: await readConditions(sql, monitorIds),
    outages: await readOutages(
      sql,
      news.filter(({ type }) => type === 'RESOLVED'),
    ),
    latencies: await readLatencies(
      sql,
      news.filter((one) => asksForLatency(one, routes)),
    ),
  }
}

/**
 * Mailboxes that a monitor's alerts may go to, best first: its alert e-mail, its creator's while a member,
 * the workspace's first owner's. Monitors with nobody are absent.
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
  return new Map(rows.map(({ monitorId, addresses }) => [monitorId, addresses.map(mailbox)]))
}

/** The channels that hear of a monitor: by its own alert settings, or by the workspace's where it has none. */
export async function readRoutes(sql: Sql, monitorIds: string[]): Promise<Map<string, Route[]>> {
  const { rows } = await sql.query<{ monitorId: string } & Recipient & Topics>({
    name: 'read-alert-routes',
    text: `
      WITH setting AS (
        SELECT m.id AS hearer, s.* FROM monitors m JOIN alert_settings s ON s.monitor_id = m.id
        WHERE m.id = ANY ($1::uuid[]) AND m.has_own_alert_settings
        UNION ALL
        SELECT m.id, s.* FROM monitors m
        JOIN alert_settings s ON s.workspace_id = m.workspace_id AND s.monitor_id IS NULL
        WHERE m.id = ANY ($1::uuid[]) AND NOT m.has_own_alert_settings
      )
      SELECT s.hearer AS "monitorId", ${RECIPIENT}, s.on_down AS "onDown", s.on_up AS "onUp",
        s.on_slow AS "onSlow", s.on_certificate AS "onCertificate",
        s.slow_threshold_ms AS "slowThresholdMs"
      FROM setting s
      JOIN channels c ON c.id = s.channel_id
      LEFT JOIN contacts k ON k.id = c.contact_id
      WHERE s.is_active AND ${IS_LIVE}
      ORDER BY c.id`,
    values: [monitorIds],
  })
  return listed(rows, ({ monitorId, channel, channelId, address, quiet, ...heard }) => [
    monitorId,
    { recipient: { channel, channelId, address, quiet }, ...heard },
  ])
}

/** Who was told that these incidents opened, or will be; channels that are gone or disabled left out. */
async function readListeners(sql: Sql, incidentIds: string[]): Promise<Map<string, Listener[]>> {
  const { rows } = await sql.query<{ incidentId: string; isWithheld: boolean } & Recipient>({
    name: 'read-alert-listeners',
    text: `
      WITH told AS (
        SELECT incident_id, channel_id, CASE WHEN channel_id IS NULL THEN recipient END AS mailbox,
          bool_and(status = 'WITHHELD') AS is_withheld, min(position) AS place
        FROM alerts
        WHERE incident_id = ANY ($1::uuid[]) AND type = ANY ($2::alert_type[]) AND status <> 'FAILED'
        GROUP BY 1, 2, 3
      )
      SELECT t.incident_id AS "incidentId", t.is_withheld AS "isWithheld", t.place,
        'EMAIL' AS channel, NULL AS "channelId", t.mailbox AS address, NULL AS quiet
      FROM told t WHERE t.channel_id IS NULL
      UNION ALL
      SELECT t.incident_id, t.is_withheld, t.place, ${RECIPIENT}
      FROM told t JOIN channels c ON c.id = t.channel_id LEFT JOIN contacts k ON k.id = c.contact_id
      WHERE ${IS_LIVE}
      ORDER BY place`,
    values: [incidentIds, beginnings],
  })
  return listed(rows, ({ incidentId, isWithheld, channel, channelId, address, quiet }) => [
    incidentId,
    { recipient: { channel, channelId, address, quiet }, isWithheld },
  ])
}

/** Those of their incidents that are outages. */
async function readOutages(sql: Sql, news: readonly News[]): Promise<Set<string>> {
  if (news.length === 0) return new Set()
  const { rows } = await sql.query<{ id: string }>(
    `SELECT id FROM incidents WHERE id = ANY ($1::uuid[]) AND kind = 'DOWN'`,
    [news.map(({ incidentId }) => incidentId)],
  )
  return new Set(rows.map(({ id }) => id))
}

/** How slow monitors are at least, of what was too slow since their incidents began. */
async function readLatencies(sql: Sql, news: readonly News[]): Promise<Map<string, number>> {
  if (news.length === 0) return new Map()
  const { rows } = await sql.query<{ monitorId: string; latencyMs: number }>(
    `SELECT i.monitor_id AS "monitorId", min(c.latency_ms)::float8 AS "latencyMs"
     FROM incidents i
     JOIN monitors m ON m.id = i.monitor_id
     JOIN checks c ON c.monitor_id = i.monitor_id
       AND c.scheduled_at >= i.started_at - interval '1 minute'
       AND c.checked_at >= i.started_at AND c.latency_ms > m.latency_threshold_ms
     WHERE i.id = ANY ($1::uuid[])
     GROUP BY i.monitor_id`,
    [news.map(({ incidentId }) => incidentId)],
  )
  return new Map(rows.map(({ monitorId, latencyMs }) => [monitorId, latencyMs]))
}

function asksForLatency({ type, monitorId }: News, routes: Audience['routes']): boolean {
  const heard = routes.get(monitorId) ?? []
  return type === 'SLOW' && heard.some(({ slowThresholdMs }) => slowThresholdMs !== null)
}

function mailbox(address: string): Recipient {
  return { channel: 'EMAIL', channelId: null, address, quiet: null }
}

/** Entries by their key, in the order of the rows. */
function listed<Row, Entry>(
  rows: readonly Row[],
  entryOf: (row: Row) => [string, Entry],
): Map<string, Entry[]> {
  const lists = new Map<string, Entry[]>()
  for (const [key, entry] of rows.map(entryOf)) {
    lists.getOrInsertComputed(key, () => []).push(entry)
  }
  return lists
}
