import { invariant } from '../../core/invariant.ts'
import type { Prisma } from '../../generated/prisma/client.ts'
import type { IncidentKind, IncidentStatus } from '../../generated/prisma/enums.ts'
import type { Deps } from '../deps.ts'
import { newestFirst } from '../page.ts'
import type { Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'

/** `from` and `to` keep what overlaps [from, to). */
export type IncidentFilter = {
  status?: readonly IncidentStatus[] | null
  kind?: readonly IncidentKind[] | null
  monitorId?: string | null
  from?: Date | null
  to?: Date | null
}

export function readIncidents(
  { database }: Deps,
  workspaceId: string,
  filter: IncidentFilter,
  query: Prisma.IncidentFindManyArgs,
) {
  return database.prisma.incident.findMany(newestFirst(query, matching(workspaceId, filter)))
}

export function countIncidents(
  { database }: Deps,
  workspaceId: string,
  filter: IncidentFilter,
): Promise<number> {
  return database.prisma.incident.count({ where: matching(workspaceId, filter) })
}

export function readIncident(
  { database }: Deps,
  where: { id: string; workspaceId: string },
  query: Pick<Prisma.IncidentFindUniqueArgs, 'select' | 'include'>,
) {
  return database.prisma.incident.findUnique({ ...query, where })
}

export type LockedIncident = {
  monitorId: string
  status: IncidentStatus
  startedAt: number
  entries: number
}

/**
 * One incident for whoever acts on it by hand; null where the workspace has no such incident. Its monitor before
 * it, as everywhere: the alerts that tell of it point there. Its entries are counted once it is locked: of two who
 * write the last one the second finds it there.
 */
export async function lockIncident(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<LockedIncident | null> {
  await tx.query(
    `SELECT FROM monitors WHERE workspace_id = $2
       AND id = (SELECT monitor_id FROM incidents WHERE id = $1 AND workspace_id = $2)
     FOR KEY SHARE`,
    [id, workspaceId],
  )
  await tx.query('SELECT FROM incidents WHERE id = $1 AND workspace_id = $2 FOR UPDATE', [
    id,
    workspaceId,
  ])
  const { rows } = await tx.query<LockedIncident>(
    `SELECT monitor_id AS "monitorId", status, ${epochMs('started_at')} AS "startedAt",
       (SELECT count(*)::int FROM incident_entries e WHERE e.incident_id = i.id) AS entries
     FROM incidents i WHERE id = $1 AND workspace_id = $2`,
    [id, workspaceId],
  )
  return rows[0] ?? null
}

export async function markAcknowledged(
  tx: Transaction,
  id: string,
  { userId, at }: { userId: string; at: number },
): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE incidents
     SET status = 'ACKNOWLEDGED', acknowledged_at = to_timestamp($3 / 1000.0), acknowledged_by_id = $2
     WHERE id = $1 AND status = 'OPEN'`,
    [id, userId, at],
  )
  invariant(rowCount === 1, 'the incident was locked while open')
}

export async function markResolved(tx: Transaction, id: string, at: number): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE incidents SET status = 'RESOLVED', resolved_at = to_timestamp($2 / 1000.0)
     WHERE id = $1 AND status <> 'RESOLVED'`,
    [id, at],
  )
  invariant(rowCount === 1, 'the incident was locked before it was resolved')
}

function matching(
  workspaceId: string,
  { status, kind, monitorId, from, to }: IncidentFilter,
): Prisma.IncidentWhereInput {
  return {
    workspaceId,
    retractedAt: null,
    ...(status && { status: { in: [...status] } }),
    ...(kind && { kind: { in: [...kind] } }),
    ...(monitorId && { monitorId }),
    ...(to && { startedAt: { lt: to } }),
    ...(from && { OR: [{ resolvedAt: null }, { resolvedAt: { gt: from } }] }),
  }
}
