import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs, instant } from '../../platform/sql.ts'
import type { Interval } from '../../uptime/uptime.ts'
import type { Schedule } from '../recurrence.ts'
import { MAX_DURATION_MINUTES } from '../window.ts'
import type { Maintained, Span } from './span.ts'

/** A monitor `m` that a window `w` of its workspace is for. */
const IS_FOR_MONITOR = `(w.is_for_all
  OR EXISTS (SELECT FROM maintained_monitors x WHERE x.window_id = w.id AND x.monitor_id = m.id))`

/** One row: when the work that goes on at a monitor `m` is over, null where none goes on. */
export const WORK_ON_MONITOR = `
  SELECT max(s.ends_at) AS ends_at
  FROM maintenance_spans s JOIN maintenance_windows w ON w.id = s.window_id
  WHERE s.workspace_id = m.workspace_id AND ${goesOn('now()')} AND ${IS_FOR_MONITOR}`

/** A span `s` that goes on or is to come. None is longer: the index by start finds those that are not over. */
export function isAhead(at: string): string {
  return `s.ends_at > ${at} AND s.starts_at >= ${at} - interval '${MAX_DURATION_MINUTES} minutes'`
}

function goesOn(at: string): string {
  return `s.starts_at <= ${at} AND ${isAhead(at)}`
}

/** Which monitors of a workspace are being worked on. */
export async function readMaintained(
  sql: Sql,
  workspaceId: string,
  atMs: number,
): Promise<Maintained> {
  const { rows } = await sql.query<{ isForAll: boolean; monitorIds: string[] }>({
    name: 'read-maintained',
    text: `
      SELECT coalesce(bool_or(w.is_for_all), false) AS "isForAll",
        coalesce(array_agg(DISTINCT x.monitor_id) FILTER (WHERE NOT w.is_for_all AND x.monitor_id IS NOT NULL),
          '{}') AS "monitorIds"
      FROM maintenance_spans s
      JOIN maintenance_windows w ON w.id = s.window_id
      LEFT JOIN maintained_monitors x ON x.window_id = w.id
      WHERE s.workspace_id = $1 AND ${goesOn(instant(2))}`,
    values: [workspaceId, atMs],
  })
  const { isForAll, monitorIds } = rows[0]!
  return { isForAll, monitorIds: new Set(monitorIds) }
}

/** For each of the monitors that has any the span that goes on, the one that ends last, or else the next. */
export async function readSpansOfMonitors(
  sql: Sql,
  workspaceId: string,
  monitorIds: string[],
  atMs: number,
): Promise<Map<string, Span>> {
  const { rows } = await sql.query<Span & { monitorId: string }>({
    name: 'read-spans-of-monitors',
    text: `
      WITH span AS MATERIALIZED (
        SELECT DISTINCT ON (s.window_id) s.window_id, s.starts_at, s.ends_at, w.is_for_all,
          greatest(s.starts_at, ${instant(2)}) AS place
        FROM maintenance_spans s JOIN maintenance_windows w ON w.id = s.window_id
        WHERE s.workspace_id = $1 AND ${isAhead(instant(2))}
        ORDER BY s.window_id, place, s.ends_at DESC
      ), candidate AS (
        SELECT m.id, first.* FROM unnest($3::uuid[]) AS m (id) CROSS JOIN (
          SELECT * FROM span WHERE is_for_all ORDER BY place, ends_at DESC LIMIT 1) first
        UNION ALL
        SELECT x.monitor_id, span.* FROM span JOIN maintained_monitors x USING (window_id)
        WHERE x.monitor_id = ANY ($3::uuid[]) AND NOT span.is_for_all
      )
      SELECT DISTINCT ON (id) id AS "monitorId", window_id AS "windowId",
        ${epochMs('starts_at')} AS "startsAt", ${epochMs('ends_at')} AS "endsAt",
        starts_at <= ${instant(2)} AS "isActive"
      FROM candidate ORDER BY id, place, ends_at DESC`,
    values: [workspaceId, atMs, monitorIds],
  })
  return new Map(rows.map(({ monitorId, ...span }) => [monitorId, span]))
}

/** Of each window those that go on and those to come, at most so many. */
export async function readComingSpans(
  sql: Sql,
  workspaceId: string,
  windowIds: string[],
  { atMs, most }: { atMs: number; most: number },
): Promise<Map<string, Span[]>> {
  const { rows } = await sql.query<Span>({
    name: 'read-coming-spans',
    text: `
      SELECT w.id AS "windowId", ${epochMs('s.starts_at')} AS "startsAt",
        ${epochMs('s.ends_at')} AS "endsAt", s.starts_at <= ${instant(2)} AS "isActive"
      FROM maintenance_windows w
      CROSS JOIN LATERAL (
        SELECT starts_at, ends_at FROM maintenance_spans s
        WHERE s.window_id = w.id AND ${isAhead(instant(2))}
        ORDER BY starts_at LIMIT $4
      ) s
      WHERE w.workspace_id = $1 AND w.id = ANY ($3::uuid[])
      ORDER BY s.starts_at`,
    values: [workspaceId, atMs, windowIds, most],
  })
  return Map.groupBy(rows, ({ windowId }) => windowId)
}

/** Who of those that are watched is being worked on by this very window. */
export async function readMonitorsUnder(
  sql: Sql,
  windowId: string,
  atMs: number,
): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT m.id FROM maintenance_windows w JOIN monitors m ON ${IS_OF_WINDOW}
     WHERE w.id = $1 AND EXISTS (SELECT FROM maintenance_spans s
       WHERE s.window_id = w.id AND ${goesOn(instant(2))})`,
    [windowId, atMs],
  )
  return rows.map(({ id }) => id)
}

/** What goes on already is told by whoever inserts it; what is past is not told. */
export async function insertSpans(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
  spans: readonly Interval[],
  atMs: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO maintenance_spans (window_id, workspace_id, starts_at, ends_at, turns_at)
     SELECT $1, $2, g.starts_at, g.ends_at, CASE
       WHEN g.starts_at > ${instant(5)} THEN g.starts_at
       WHEN g.ends_at > ${instant(5)} THEN g.ends_at END
     FROM (SELECT to_timestamp(s / 1000.0) AS starts_at, to_timestamp(e / 1000.0) AS ends_at
       FROM unnest($3::float8[], $4::float8[]) AS n (s, e)) g
     ON CONFLICT (window_id, starts_at) DO UPDATE
       SET ends_at = excluded.ends_at, turns_at = excluded.turns_at`,
    [id, workspaceId, spans.map(({ from }) => from), spans.map(({ to }) => to), atMs],
  )
}

export async function saveSpannedUntil(
  tx: Transaction,
  windowId: string,
  spannedUntil: number | null,
): Promise<void> {
  await tx.query(`UPDATE maintenance_windows SET spanned_until = ${instant(2)} WHERE id = $1`, [
    windowId,
    spannedUntil,
  ])
}

/** Nothing is to come, and what goes on ends now. */
export async function cutSpans(tx: Transaction, windowId: string, atMs: number): Promise<void> {
  await tx.query(
    `DELETE FROM maintenance_spans WHERE window_id = $1 AND starts_at >= ${instant(2)}`,
    [windowId, atMs],
  )
  await tx.query(
    `UPDATE maintenance_spans SET ends_at = ${instant(2)}, turns_at = NULL
     WHERE window_id = $1 AND ends_at > ${instant(2)}`,
    [windowId, atMs],
  )
}

/** As if they had never been. */
export async function deleteSpans(
  tx: Transaction,
  windowId: string,
  spans: readonly Interval[],
): Promise<void> {
  await tx.query(
    `DELETE FROM maintenance_spans WHERE window_id = $1 AND starts_at = ANY (
       SELECT to_timestamp(s / 1000.0) FROM unnest($2::float8[]) AS s)`,
    [windowId, spans.map(({ from }) => from)],
  )
}

/** Windows whose spans are not reckoned up to an instant, those that need it most first. */
export async function readShortWindows(sql: Sql, untilMs: number, most: number): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT id FROM maintenance_windows WHERE spanned_until < ${instant(1)}
     ORDER BY spanned_until LIMIT $2`,
    [untilMs, most],
  )
  return rows.map(({ id }) => id)
}

export type ShortWindow = Schedule & { id: string; workspaceId: string; spannedUntil: number }

/** Null where it is gone, or nothing is to be added, or somebody else is at it. */
export async function lockShortWindow(
  tx: Transaction,
  id: string,
  untilMs: number,
): Promise<ShortWindow | null> {
  const { rows } = await tx.query<ShortWindow>(
    `SELECT id, workspace_id AS "workspaceId", time_zone AS "timeZone", starts_at AS "startsAt",
       duration_minutes AS "durationMinutes", rrule, ${epochMs('spanned_until')} AS "spannedUntil"
     FROM maintenance_windows WHERE id = $1 AND spanned_until < ${instant(2)}
     FOR UPDATE SKIP LOCKED`,
    [id, untilMs],
  )
  return rows[0] ?? null
}

type Due = { windowId: string; startsAt: string }

/** Spans that have begun or ended, and nobody was told; several processes get different ones. */
export async function lockTurns(tx: Transaction, atMs: number, most: number): Promise<Due[]> {
  const { rows } = await tx.query<Due>({
    name: 'lock-maintenance-turns',
    text: `
      SELECT window_id AS "windowId", starts_at::text AS "startsAt" FROM maintenance_spans
      WHERE turns_at <= ${instant(1)} ORDER BY turns_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    values: [atMs, most],
  })
  return rows
}

/** Their next turn is their end, if that is still to come. */
export async function saveTurns(
  tx: Transaction,
  spans: readonly Due[],
  atMs: number,
): Promise<void> {
  await tx.query(
    `UPDATE maintenance_spans s SET turns_at = CASE WHEN s.ends_at > ${instant(3)} THEN s.ends_at END
     FROM unnest($1::uuid[], $2::timestamptz[]) AS g (window_id, starts_at)
     WHERE s.window_id = g.window_id AND s.starts_at = g.starts_at`,
    [spans.map(({ windowId }) => windowId), spans.map(({ startsAt }) => startsAt), atMs],
  )
}

/** The monitors that these windows are for and that are watched. */
export async function readMonitorsOfWindows(
  sql: Sql,
  windowIds: string[],
): Promise<{ id: string; workspaceId: string }[]> {
  const { rows } = await sql.query<{ id: string; workspaceId: string }>(
    `SELECT DISTINCT m.id, m.workspace_id AS "workspaceId"
     FROM maintenance_windows w JOIN monitors m ON ${IS_OF_WINDOW}
     WHERE w.id = ANY ($1::uuid[])`,
    [windowIds],
  )
  return rows
}

/** A monitor `m` that a window `w` is for; one that is paused stays that. */
const IS_OF_WINDOW = `m.workspace_id = w.workspace_id AND m.status <> 'PAUSED' AND ${IS_FOR_MONITOR}`
