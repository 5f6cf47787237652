import { OPENING_OF_INCIDENT } from '../../monitors/transitions/store.ts'
import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { News } from '../alert.ts'
import type { Recipient } from '../audience/audience.ts'
import { IS_LIVE, RECIPIENT } from '../channels/store.ts'

/** A channel whose receiver was told nothing of an incident, and what there is to tell it by now. */
export type LateHearer = { news: News; recipient: Recipient }

/**
 * Those whose threshold is reached by each of the last slow checks, as many as it takes to open an incident, and the
 * database's time; several processes get different ones. A monitor that is being edited is left for later, and an
 * incident that ends meanwhile is looked at again by the outer WHERE alone.
 */
export async function lockLateHearers(
  tx: Transaction,
  most: number,
): Promise<{ late: LateHearer[]; nowMs: number }> {
  const { rows } = await tx.query<Recipient & { news: News; nowMs: number }>({
    name: 'lock-late-hearers',
    text: `
      WITH slow AS MATERIALIZED (
        SELECT i.id AS incident_id, m.id AS monitor_id, m.workspace_id, m.has_own_alert_settings
        FROM incidents i JOIN monitors m ON m.id = i.monitor_id
        WHERE i.kind = 'LATENCY' AND i.status = 'OPEN'
      ), setting AS (
        SELECT slow.incident_id, s.* FROM slow JOIN alert_settings s ON s.monitor_id = slow.monitor_id
        WHERE slow.has_own_alert_settings
        UNION ALL
        SELECT slow.incident_id, s.* FROM slow
        JOIN alert_settings s ON s.workspace_id = slow.workspace_id AND s.monitor_id IS NULL
        WHERE NOT slow.has_own_alert_settings
      ), deaf AS MATERIALIZED (
        SELECT s.incident_id, s.channel_id, s.slow_threshold_ms
        FROM setting s
        JOIN channels c ON c.id = s.channel_id
        LEFT JOIN contacts k ON k.id = c.contact_id
        WHERE s.is_active AND s.on_slow AND s.slow_threshold_ms IS NOT NULL
          AND NOT EXISTS (SELECT FROM alerts a
            WHERE a.incident_id = s.incident_id AND a.type = 'SLOW' AND (a.channel_id = c.id
              OR a.channel = 'EMAIL' AND c.kind = 'EMAIL' AND a.recipient = k.email))
      )
      SELECT ${RECIPIENT}, ${epochMs('now()')} AS "nowMs",
        json_build_object('workspaceId', i.workspace_id, 'monitorId', i.monitor_id,
          'incidentId', i.id, 'daysLeft', NULL, 'type', 'SLOW',
          'latencyMs', floor(lately.latency_ms), 'transitionId', ${OPENING_OF_INCIDENT}) AS news
      FROM deaf d
      JOIN incidents i ON i.id = d.incident_id
      JOIN monitors m ON m.id = i.monitor_id
      JOIN channels c ON c.id = d.channel_id
      LEFT JOIN contacts k ON k.id = c.contact_id
      CROSS JOIN LATERAL (
        SELECT count(*) AS checks, min(last.latency_ms) AS latency_ms
        FROM (
          SELECT s.latency_ms FROM checks s
          WHERE s.monitor_id = m.id AND s.checked_at >= i.started_at
            AND s.scheduled_at >= now() - 2 * m.slow_threshold * m.interval_seconds * interval '1 s'
            AND s.latency_ms > m.latency_threshold_ms
          ORDER BY s.scheduled_at DESC
          LIMIT m.slow_threshold
        ) last
      ) lately
      WHERE lately.checks = m.slow_threshold AND lately.latency_ms >= d.slow_threshold_ms
        AND i.status = 'OPEN' AND ${IS_LIVE}
      LIMIT $1
      FOR NO KEY UPDATE OF i SKIP LOCKED FOR KEY SHARE OF m SKIP LOCKED`,
    values: [most],
  })
  const late = rows.map(({ news, nowMs: _, ...recipient }) => ({ news, recipient }))
  return { late, nowMs: rows[0]?.nowMs ?? 0 }
}
