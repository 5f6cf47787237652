import type { Deps } from '../../deps.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import type { Dependency } from './dependency.ts'

/** Whoever came up, or was lost sight of, longer ago keeps nobody's alerts back any more. */
const RECENTLY = `now() - interval '1 hour'`

/** Whether anybody looks at a parent `p`. */
const IS_LOOKED_AT = 'p.is_active AND p.quarantined_at IS NULL'

/** In the words of the partial indexes of `incidents`: what is over by now is not read, however much there is. */
const IS_OPEN_OUTAGE = `i.kind = 'DOWN' AND i.status <> 'RESOLVED'`
const IS_PAST_OUTAGE = `i.kind = 'DOWN' AND i.retracted_at IS NULL`

/**
 * One row on what a monitor `m` depends on, all null where that is nothing: whether any of it is down, be that only as
 * far as anybody could see it lately; when the last of it came up again; and since when `m` is known to be down
 * while of some of it nobody has found since that it is well. Where nobody can be asked, nobody is waited for.
 */
export const PARENTS_OF_MONITOR = `
  SELECT bool_or(${IS_LOOKED_AT} AND (p.status = 'DOWN' OR outage.is_open
      AND (p.status <> 'UNKNOWN' OR p.status_since > ${RECENTLY}))) AS is_down,
    max(outage.over_at) AS up_at,
    max(own.known_at) FILTER (WHERE look.is_owed) AS awaited_since
  FROM monitor_dependencies d
  JOIN monitors p ON p.id = d.parent_id
  CROSS JOIN LATERAL (
    SELECT
      EXISTS (SELECT FROM incidents i WHERE i.monitor_id = p.id AND ${IS_OPEN_OUTAGE}) AS is_open,
      (SELECT max(i.resolved_at) FROM incidents i
       WHERE i.monitor_id = p.id AND ${IS_PAST_OUTAGE} AND i.resolved_at > ${RECENTLY}) AS over_at
  ) outage
  CROSS JOIN LATERAL (
    SELECT max(i.started_at) AS began_at, max(i.created_at) AS known_at FROM incidents i
    WHERE i.monitor_id = d.monitor_id AND ${IS_OPEN_OUTAGE}
  ) own
  CROSS JOIN LATERAL (
    SELECT count(*) > 0 AND (
        count(*) FILTER (WHERE v.last_outcome = 'UP' AND v.last_checked_at >= own.began_at) = 0
        OR count(*) FILTER (WHERE v.last_outcome = 'DOWN' AND v.last_checked_at >= own.began_at) > 0
      ) AS is_owed
    FROM region_votes v
    WHERE v.monitor_id = p.id AND ${IS_LOOKED_AT} AND p.kind <> 'HEARTBEAT'
  ) look
  WHERE d.monitor_id = m.id`

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

/** All that one of these monitors depends on directly. */
export async function readParentIds(sql: Sql, monitorIds: string[]): Promise<string[]> {
  const { rows } = await sql.query<{ parentId: string }>({
    name: 'read-parent-ids',
    text: `SELECT DISTINCT parent_id AS "parentId" FROM monitor_dependencies
      WHERE monitor_id = ANY ($1::uuid[])`,
    values: [monitorIds],
  })
  return rows.map(({ parentId }) => parentId)
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
    `DELETE FROM monitor_dependencies WHERE monitor_id = $1 AND workspace_id = $2
     RETURNING parent_id AS "parentId"`,
    [id, workspaceId],
  )
  await tx.query(
    `INSERT INTO monitor_dependencies (monitor_id, workspace_id, parent_id)
     SELECT $1, $2, unnest($3::uuid[])`,
    [id, workspaceId, parentIds],
  )
  return rows.map(({ parentId }) => parentId)
}
