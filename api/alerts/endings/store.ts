import type { Sql } from '../../platform/database.ts'
import { type EndedIncident, type Endings, endingOf } from './ending.ts'

/** Of these incidents, those that are over; none ends meanwhile where they are locked. */
export async function readEndings(sql: Sql, incidentIds: readonly string[]): Promise<Endings> {
  const { rows } = await sql.query<EndedIncident>({
    name: 'read-endings',
    text: `
      SELECT i.id AS "incidentId", i.workspace_id AS "workspaceId", i.monitor_id AS "monitorId", i.kind,
        i.retracted_at IS NOT NULL AS "isRetracted", t.transition, r.days_left AS "daysLeft"
      FROM incidents i
      LEFT JOIN LATERAL (
        SELECT json_build_object('id', t.id, 'to', t.to_status) AS transition FROM transitions t
        WHERE t.monitor_id = i.monitor_id
          AND t.at = CASE WHEN i.retracted_at IS NULL THEN i.resolved_at ELSE i.started_at END
          AND CASE WHEN i.retracted_at IS NULL
            THEN t.superseded_at IS NULL AND t.to_status IN ('UP', 'DEGRADED', 'PAUSED')
            ELSE t.superseded_at IS NOT NULL AND t.to_status IN ('DOWN', 'DEGRADED') END
        ORDER BY t.decided_at DESC
        LIMIT 1
      ) t ON i.kind IN ('DOWN', 'LATENCY')
      LEFT JOIN LATERAL (
        SELECT a.days_left FROM alerts a
        WHERE a.incident_id = i.id AND a.type = 'CERTIFICATE_RENEWED'
        LIMIT 1
      ) r ON i.kind = 'CERTIFICATE'
      WHERE i.id = ANY ($1::uuid[]) AND i.status = 'RESOLVED'`,
    values: [incidentIds],
  })
  return new Map(rows.map((row) => [row.incidentId, endingOf(row)]))
}
