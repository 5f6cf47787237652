import type { Deps } from '../../deps.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import type { Dependency } from './dependency.ts'

/** The monitors that each of these depends on, in the order of the ids. */
export async function readParents({ database }: Deps, workspaceId: string, monitorIds: string[]) {
  const found = await database.prisma.monitorDependency.findMany({
    where: { workspaceId, monitorId: { in: monitorIds } },
    include: { parent: true },
    orderBy: { parentId: 'asc' },
  })
  const byChild = Map.groupBy(found, ({ monitorId }) => monitorId)
  return monitorIds.map((id) => (byChild.get(id) ?? []).map(({ parent }) => parent))
}

/** The monitors that depend on each of these, in the order of the ids. */
export async function readChildren({ database }: Deps, workspaceId: string, parentIds: string[]) {
  const found = await database.prisma.monitorDependency.findMany({
    where: { workspaceId, parentId: { in: parentIds } },
    include: { monitor: true },
    orderBy: { monitorId: 'asc' },
  })
  const byParent = Map.groupBy(found, ({ parentId }) => parentId)
  return parentIds.map((id) => (byParent.get(id) ?? []).map(({ monitor }) => monitor))
}

/** Of two who make dependencies at once the second sees the first's: together they might make a circle. */
export async function lockDependencies(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.query('SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE', [workspaceId])
}

/** The names of these monitors of a workspace, of those that are not there none; none is deleted meanwhile. */
export async function lockNames(
  tx: Transaction,
  workspaceId: string,
  monitorIds: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ id: string; name: string }>(
    `SELECT id, name FROM monitors WHERE workspace_id = $1 AND id = ANY ($2::uuid[])
     ORDER BY id FOR KEY SHARE`,
    [workspaceId, monitorIds],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** All that these monitors depend on, directly or not. */
export async function readAbove(
  sql: Sql,
  workspaceId: string,
  monitorIds: readonly string[],
): Promise<Dependency[]> {
  const { rows } = await sql.query<Dependency>(
    `WITH RECURSIVE above AS (
       SELECT monitor_id, parent_id FROM monitor_dependencies
       WHERE workspace_id = $1 AND monitor_id = ANY ($2::uuid[])
       UNION
       SELECT d.monitor_id, d.parent_id FROM monitor_dependencies d
       JOIN above ON d.monitor_id = above.parent_id
     )
     SELECT monitor_id AS "monitorId", parent_id AS "parentId" FROM above`,
    [workspaceId, monitorIds],
  )
  return rows
}

/** Of these monitors the most that depend on one of them, but for one child. */
export async function countMostChildren(
  sql: Sql,
  parentIds: readonly string[],
  exceptId: string,
): Promise<number> {
  const { rows } = await sql.query<{ children: number }>(
    `SELECT count(*)::int AS children FROM monitor_dependencies
     WHERE parent_id = ANY ($1::uuid[]) AND monitor_id <> $2
     GROUP BY parent_id ORDER BY 1 DESC LIMIT 1`,
    [parentIds, exceptId],
  )
  return rows[0]?.children ?? 0
}

/** What the monitor depended on before. */
export async function replaceParents(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
  parentIds: readonly string[],
): Promise<string[]> {
  const { rows } = await tx.query<{ parentId: string }>(
    'DELETE FROM monitor_dependencies WHERE monitor_id = $1 RETURNING parent_id AS "parentId"',
    [id],
  )
  await tx.query(
    `INSERT INTO monitor_dependencies (monitor_id, workspace_id, parent_id)
     SELECT $1, $2, unnest($3::uuid[])`,
    [id, workspaceId, parentIds],
  )
  return rows.map(({ parentId }) => parentId)
}
