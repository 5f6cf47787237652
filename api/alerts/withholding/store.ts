import type { Sql } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Condition } from './withholding.ts'

/** What may keep back the alerts of these monitors; those of which nothing is known are absent. */
export async function readConditions(
  sql: Sql,
  monitorIds: string[],
): Promise<Map<string, Condition>> {
  const { rows } = await sql.query<{ monitorId: string } & Condition>({
    name: 'read-alert-conditions',
    text: `
      SELECT m.id AS "monitorId", ${epochMs('maintenance.ends_at')} AS "maintenanceUntil",
        coalesce(parents.is_down, false) AS "isParentDown", ${epochMs('parents.up_at')} AS "parentUpAt"
      FROM monitors m
      LEFT JOIN LATERAL (
        SELECT max(s.ends_at) AS ends_at
        FROM maintenance_spans s JOIN maintenance_windows w ON w.id = s.window_id
        WHERE s.workspace_id = m.workspace_id AND s.starts_at <= now() AND s.ends_at > now()
          AND (w.is_for_all OR EXISTS (
            SELECT FROM maintained_monitors x WHERE x.window_id = w.id AND x.monitor_id = m.id))
      ) maintenance ON true
      LEFT JOIN LATERAL (
        SELECT bool_or(p.status = 'DOWN') AS is_down, max(i.resolved_at) AS up_at
        FROM monitor_dependencies d
        JOIN monitors p ON p.id = d.parent_id
        LEFT JOIN incidents i ON i.monitor_id = p.id AND i.kind = 'DOWN' AND i.retracted_at IS NULL
          AND i.resolved_at > now() - interval '1 hour'
        WHERE d.monitor_id = m.id
      ) parents ON true
      WHERE m.id = ANY ($1::uuid[])
        AND (maintenance.ends_at IS NOT NULL OR parents.is_down IS NOT NULL)`,
    values: [monitorIds],
  })
  return new Map(rows.map(({ monitorId, ...condition }) => [monitorId, condition]))
}
