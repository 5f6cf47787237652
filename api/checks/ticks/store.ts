import type { Sql } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { CheckHead, ShownCheck } from '../history/check.ts'

/** What the votes on these monitors remember of each region's last check. */
export async function readLastChecks(sql: Sql, monitorIds: string[]): Promise<ShownCheck[]> {
  const { rows } = await sql.query<CheckHead>({
    name: 'read-last-checks',
    text: `
      SELECT monitor_id AS "monitorId", region, ${epochMs('last_slot_at')} AS "scheduledAt",
        last_attempt AS attempt, ${epochMs('last_checked_at')} AS "checkedAt",
        last_outcome AS outcome, last_http_status AS "httpStatus", last_error_kind AS "errorKind",
        last_message AS message, last_latency_ms AS "latencyMs"
      FROM region_votes WHERE monitor_id = ANY ($1::uuid[]) AND last_checked_at IS NOT NULL
      ORDER BY last_checked_at`,
    values: [monitorIds],
  })
  return rows.map((head) => ({ ...head, detail: null }))
}
