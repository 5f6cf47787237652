import { LEASE_MS } from '../../outbox/store.ts'
import type { Sql } from '../../platform/database.ts'
import { ends } from '../alert.ts'
import { type EndedIncident, type Endings, endingOf } from './ending.ts'

/** Whether an alert `e`, or its digest `d`, is claimed; what is tried again as soon as that looks the same. */
const IS_BEING_SENT = `(coalesce(d.fence, e.fence) > 0 AND coalesce(d.next_attempt_at, e.next_attempt_at)
    BETWEEN clock_timestamp() AND clock_timestamp() + ${LEASE_MS} * interval '1 ms')`

const IS_TO_COME = `(e.status = 'WITHHELD' AND e.review_at IS NOT NULL
    OR e.status = 'PENDING' AND NOT ${IS_BEING_SENT})`

/** Of these incidents, those that are over; none ends meanwhile where they are locked. */
export async function readEndings(sql: Sql, incidentIds: readonly string[]): Promise<Endings> {
  const { rows } = await sql.query<EndedIncident>({
    name: 'read-endings',
    text: `
      SELECT i.id AS "incidentId", i.workspace_id AS "workspaceId", i.monitor_id AS "monitorId", i.kind,
        i.retracted_at IS NOT NULL AS "isRetracted", t.transition,
        coalesce(said.told, '[]') AS told
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
      CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('round', e.round, 'isToCome', ${IS_TO_COME},
          'news', json_build_object('type', e.type, 'transitionId', e.transition_id, 'daysLeft', e.days_left),
          'goal', json_build_object('channel', e.channel, 'channelId', e.channel_id, 'address', e.recipient)
        ) ORDER BY e.position) AS told
        FROM alerts e LEFT JOIN digests d ON d.id = e.digest_id
        WHERE e.incident_id = i.id AND e.type = ANY ($2::alert_type[])
      ) said
      WHERE i.id = ANY ($1::uuid[]) AND i.status = 'RESOLVED'`,
    values: [incidentIds, ends],
  })
  return new Map(rows.map((row) => [row.incidentId, endingOf(row)]))
}
