import type { Prisma } from '../../generated/prisma/client.ts'
import { holdWorkspace } from '../accounts/workspaces/store.ts'
import type { Deps } from '../deps.ts'
import { newestFirst } from '../page.ts'
import type { Transaction } from '../platform/database.ts'
import { instant } from '../platform/sql.ts'
import type { WindowSettings } from './window.ts'

type WindowKey = { id: string; workspaceId: string }
type WindowQuery = Pick<Prisma.MaintenanceWindowFindManyArgs, 'select' | 'include'>

/** What is deleted is kept for what it was, and nobody sees it. */
const there = { deletedAt: null }

export function readWindows(
  { database }: Deps,
  workspaceId: string,
  query: Prisma.MaintenanceWindowFindManyArgs,
) {
  return database.prisma.maintenanceWindow.findMany(newestFirst(query, { workspaceId, ...there }))
}

export function countWindows({ database }: Deps, workspaceId: string): Promise<number> {
  return database.prisma.maintenanceWindow.count({ where: { workspaceId, ...there } })
}

export function readWindow({ database }: Deps, key: WindowKey, query: WindowQuery) {
  return database.prisma.maintenanceWindow.findUnique({ ...query, where: { ...key, ...there } })
}

/** Those there are, in the order of the ids. */
export async function readWindowsById({ database }: Deps, workspaceId: string, ids: string[]) {
  const where = { workspaceId, id: { in: ids }, ...there }
  const found = await database.prisma.maintenanceWindow.findMany({ where })
  const byId = new Map(found.map((window) => [window.id, window]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** The monitors of windows, in the order of the ids. */
export async function readMonitorsOf({ database }: Deps, workspaceId: string, windowIds: string[]) {
  const found = await database.prisma.maintainedMonitor.findMany({
    where: { windowId: { in: windowIds }, window: { workspaceId, isForAll: false } },
    include: { monitor: true },
    orderBy: { monitorId: 'desc' },
  })
  const byWindow = Map.groupBy(found, ({ windowId }) => windowId)
  return windowIds.map((id) => (byWindow.get(id) ?? []).map(({ monitor }) => monitor))
}

/** Locks the workspace, so that of two windows made at once the second counts the first. */
export async function countWindowsToAdd(tx: Transaction, workspaceId: string): Promise<number> {
  await holdWorkspace(tx, workspaceId)
  const { rows } = await tx.query<{ windows: number }>(
    `SELECT count(*)::int AS windows FROM maintenance_windows
     WHERE workspace_id = $1 AND deleted_at IS NULL`,
    [workspaceId],
  )
  return rows[0]!.windows
}

/** How many of these monitors are the workspace's; none of them is deleted meanwhile. */
export async function lockOwnMonitors(
  tx: Transaction,
  workspaceId: string,
  monitorIds: string[],
): Promise<number> {
  const { rowCount } = await tx.query(
    'SELECT FROM monitors WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE',
    [workspaceId, monitorIds],
  )
  return rowCount ?? 0
}

export async function insertWindow(
  tx: Transaction,
  workspaceId: string,
  { name, timeZone, startsAt, durationMinutes, rrule, monitorIds }: WindowSettings,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO maintenance_windows
       (workspace_id, name, time_zone, starts_at, duration_minutes, rrule, is_for_all)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [workspaceId, name, timeZone, startsAt, durationMinutes, rrule, monitorIds === null],
  )
  const { id } = rows[0]!
  await insertMonitors(tx, id, monitorIds ?? [])
  return id
}

/** Null where the workspace has no such window. Read once it is locked: its monitors are rows of their own. */
export async function lockWindow(
  tx: Transaction,
  { id, workspaceId }: WindowKey,
): Promise<WindowSettings | null> {
  await tx.query('SELECT FROM maintenance_windows WHERE id = $1 AND workspace_id = $2 FOR UPDATE', [
    id,
    workspaceId,
  ])
  const { rows } = await tx.query<WindowSettings>(
    `SELECT name, time_zone AS "timeZone", starts_at AS "startsAt",
       duration_minutes AS "durationMinutes", rrule,
       CASE WHEN NOT is_for_all THEN ARRAY(
         SELECT monitor_id FROM maintained_monitors WHERE window_id = w.id) END AS "monitorIds"
     FROM maintenance_windows w WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL`,
    [id, workspaceId],
  )
  return rows[0] ?? null
}

export async function saveWindow(
  tx: Transaction,
  id: string,
  { name, timeZone, startsAt, durationMinutes, rrule, monitorIds }: WindowSettings,
): Promise<void> {
  await tx.query(
    `UPDATE maintenance_windows SET name = $2, time_zone = $3, starts_at = $4,
       duration_minutes = $5, rrule = $6, is_for_all = $7
     WHERE id = $1`,
    [id, name, timeZone, startsAt, durationMinutes, rrule, monitorIds === null],
  )
  await tx.query('DELETE FROM maintained_monitors WHERE window_id = $1', [id])
  await insertMonitors(tx, id, monitorIds ?? [])
}

/** Nobody sees it any more; what it was stays. */
export async function markDeleted(tx: Transaction, id: string, deletedAt: number): Promise<void> {
  await tx.query(
    `UPDATE maintenance_windows SET deleted_at = ${instant(2)}, spanned_until = NULL WHERE id = $1`,
    [id, deletedAt],
  )
}

/** As if it had never been. */
export async function deleteWindowRow(tx: Transaction, id: string): Promise<void> {
  await tx.query('DELETE FROM maintenance_windows WHERE id = $1', [id])
}

/** How many of those that were deleted before an instant are gone now, their spans with them. */
export async function deleteForgotten(
  tx: Transaction,
  beforeMs: number,
  most: number,
): Promise<number> {
  const { rowCount } = await tx.query(
    `DELETE FROM maintenance_windows WHERE id IN (
       SELECT id FROM maintenance_windows WHERE deleted_at < ${instant(1)}
       ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [beforeMs, most],
  )
  return rowCount ?? 0
}

async function insertMonitors(tx: Transaction, id: string, monitorIds: string[]): Promise<void> {
  await tx.query(
    'INSERT INTO maintained_monitors (window_id, monitor_id) SELECT $1, unnest($2::uuid[])',
    [id, monitorIds],
  )
}
