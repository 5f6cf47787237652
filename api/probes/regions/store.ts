import type { Sql } from '../../platform/database.ts'
import type { LiveProbe } from './region.ts'

/** The probes that a workspace may have its monitors checked by: its own, and those shared by the operator. */
export async function readLiveProbes(sql: Sql, workspaceId: string): Promise<LiveProbe[]> {
  const { rows } = await sql.query<LiveProbe>(
    `SELECT region, kind, coalesce(capabilities::text[], '{}') AS capabilities FROM probes
     WHERE revoked_at IS NULL AND (workspace_id = $1 OR is_shared)`,
    [workspaceId],
  )
  return rows
}
