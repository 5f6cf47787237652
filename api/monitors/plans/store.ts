import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import type { Plan } from './plan.ts'

/** Locks the workspace, so that of two monitors created at once the second counts the first. */
export async function lockPlan(tx: Transaction, workspaceId: string): Promise<Plan> {
  await holdWorkspace(tx, workspaceId)
  return readPlan(tx, workspaceId)
}

export async function readPlan(sql: Sql, workspaceId: string): Promise<Plan> {
  const { rows } = await sql.query<Plan>(
    `SELECT max_monitors AS "maxMonitors", min_interval_seconds AS "minIntervalSeconds",
       (SELECT count(*) FROM monitors WHERE workspace_id = $1)::int AS monitors
     FROM workspaces WHERE id = $1`,
    [workspaceId],
  )
  return rows[0]!
}
