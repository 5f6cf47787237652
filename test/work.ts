import type { Sql } from '../api/platform/database.ts'

/** Work on all monitors of a workspace, from so many minutes ago until in so many. */
export async function workOnAll(
  sql: Sql,
  workspaceId: string,
  { sinceMinutes = 0, minutes }: { sinceMinutes?: number; minutes: number },
): Promise<void> {
  await sql.query(
    `WITH w AS (
       INSERT INTO maintenance_windows (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
       VALUES ($1, 'Work', 'UTC', '2026-11-20T02:00', 60, true) RETURNING id
     )
     INSERT INTO maintenance_spans (window_id, workspace_id, starts_at, ends_at)
     SELECT id, $1, now() - $2 * interval '1 min', now() + $3 * interval '1 min' FROM w`,
    [workspaceId, sinceMinutes, minutes],
  )
}
