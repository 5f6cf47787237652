import { isAhead } from '../maintenance/spans/store.ts'
import type { Sql } from '../platform/database.ts'
import { epochMs, instant } from '../platform/sql.ts'
import type { CheckCounts } from './counts.ts'
import { BUCKET_STARTS_MS, type Histogram } from './latency.ts'
import { bucketInSql } from './rollups/store.ts'
import type { History, Interval } from './uptime.ts'
import type { Grid } from './window.ts'
import { type Work, workByMonitor } from './work.ts'

/** Monitors of one workspace. Others' ids find nothing. */
export type Monitors = { workspaceId: string; monitorIds: string[] }

/**
 * What decides the uptime of many monitors in a window: the last transition before it and those within, and
 * the maintenance that touches it.
 */
export async function readHistories(
  sql: Sql,
  { workspaceId, monitorIds }: Monitors,
  window: Interval,
): Promise<Map<string, History>> {
  const { rows } = await sql.query<HistoryRow>(READ_HISTORIES, [
    workspaceId,
    monitorIds,
    window.from,
    window.to,
  ])
  const workOn = workByMonitor(rows.filter((row) => row.monitorId === null).map(workOf))
  const ofMonitors = rows.filter((row) => row.monitorId !== null)
  const byMonitor = Map.groupBy(ofMonitors, ({ monitorId }) => monitorId)
  return new Map([...byMonitor].map(([id, found]) => [id, historyOf(found, workOn(id))]))
}

// Of each window one row: many monitors may share it.
const READ_HISTORIES = `
  SELECT m.id AS "monitorId", ${epochMs('m.created_at')} AS "createdAt",
    t.to_status AS "to", ${epochMs('t.at')} AS at, t.decided_at, t.id,
    NULL::uuid AS "windowId", NULL::uuid[] AS "monitorIds", NULL::float8[] AS starts, NULL::float8[] AS ends
  FROM monitors m
  LEFT JOIN LATERAL (
    (SELECT to_status, at, decided_at, id FROM transitions
     WHERE monitor_id = m.id AND superseded_at IS NULL AND at <= to_timestamp($3 / 1000.0)
     ORDER BY at DESC, decided_at DESC, id DESC LIMIT 1)
    UNION ALL
    (SELECT to_status, at, decided_at, id FROM transitions
     WHERE monitor_id = m.id AND superseded_at IS NULL
       AND at > to_timestamp($3 / 1000.0) AND at < to_timestamp($4 / 1000.0))
  ) t ON true
  WHERE m.workspace_id = $1 AND m.id = ANY ($2::uuid[])
  UNION ALL
  SELECT NULL, NULL, NULL, NULL, NULL, NULL, w.id,
    CASE WHEN NOT w.is_for_all THEN ARRAY(SELECT monitor_id FROM maintained_monitors
      WHERE window_id = w.id AND monitor_id = ANY ($2::uuid[])) END,
    array_agg(${epochMs('s.starts_at')}), array_agg(${epochMs('s.ends_at')})
  FROM maintenance_spans s
  JOIN maintenance_windows w ON w.id = s.window_id
  WHERE s.workspace_id = $1
    AND s.starts_at < ${instant(4)} AND ${isAhead(instant(3))}
  GROUP BY w.id
  ORDER BY 1, 4, 5, 6`

/** The latencies of many monitors in a grid of points: closed hours from the rollups, the rest from the checks. */
export async function readLatencies(
  sql: Sql,
  { workspaceId, monitorIds }: Monitors,
  grid: Grid,
): Promise<LatencyRow[]> {
  const { rows } = await sql.query<LatencyRow>(
    `WITH parts AS (
       SELECT r.monitor_id, ${pointAt('r.hour_at')} AS point_at, b.bucket, b.n
       FROM check_rollups r, unnest(r.buckets, r.bucket_counts) AS b (bucket, n)
       WHERE r.workspace_id = $1 AND r.monitor_id = ANY ($2::uuid[])
         AND r.hour_at >= to_timestamp($3 / 1000.0) AND r.hour_at < to_timestamp($4 / 1000.0)
         AND r.hour_at < ${ROLLED_THROUGH}
       UNION ALL
       SELECT c.monitor_id, ${pointAt('c.scheduled_at')}, ${bucketInSql('c.latency_ms', '$7')}, 1
       FROM checks c
       WHERE c.workspace_id = $1 AND c.monitor_id = ANY ($2::uuid[])
         AND c.scheduled_at >= to_timestamp($3 / 1000.0) AND c.scheduled_at < to_timestamp($4 / 1000.0)
         AND c.scheduled_at >= ${ROLLED_THROUGH}
         AND c.outcome = 'UP' AND c.latency_ms IS NOT NULL AND NOT c.is_late
     ), sums AS (
       SELECT monitor_id, point_at, bucket, sum(n)::int AS n FROM parts GROUP BY 1, 2, 3
     )
     SELECT monitor_id AS "monitorId", ((${epochMs('point_at')} - $3) / $5)::int AS point,
       array_agg(bucket ORDER BY bucket) AS buckets, array_agg(n ORDER BY bucket) AS counts
     FROM sums GROUP BY monitor_id, point_at`,
    [
      workspaceId,
      monitorIds,
      grid.from,
      grid.to,
      grid.pointMs,
      grid.source === 'ROLLUPS',
      BUCKET_STARTS_MS,
    ],
  )
  return rows
}

/** The checks in each of many windows of whole hours: closed hours from the rollups, the rest from the checks. */
export async function countChecks(
  sql: Sql,
  workspaceId: string,
  windows: (Interval & { monitorId: string })[],
): Promise<CheckCounts[]> {
  const { rows } = await sql.query<CheckCounts>(COUNT_CHECKS, [
    workspaceId,
    windows.map(({ monitorId }) => monitorId),
    windows.map(({ from }) => from),
    windows.map(({ to }) => to),
    Math.min(...windows.map(({ from }) => from)),
    Math.max(...windows.map(({ to }) => to)),
  ])
  return rows
}

// The bounds of all windows together stand apart: the planner looks at no other partitions.
const COUNT_CHECKS = `
  WITH rolled AS (
    SELECT coalesce(max(through_at), '-infinity') AS through_at FROM progress
    WHERE name = 'check_rollups'
  )
  SELECT coalesce(sum(n.up), 0)::int AS up, coalesce(sum(n.down), 0)::int AS down,
    coalesce(sum(n.unknown), 0)::int AS unknown
  FROM unnest($2::uuid[], $3::float8[], $4::float8[]) WITH ORDINALITY
    AS w (monitor_id, from_ms, to_ms, i)
  CROSS JOIN LATERAL (
    SELECT to_timestamp(w.from_ms / 1000.0) AS from_at, to_timestamp(w.to_ms / 1000.0) AS to_at
  ) b
  CROSS JOIN rolled
  CROSS JOIN LATERAL (
    SELECT sum(up_count) AS up, sum(down_count) AS down, sum(unknown_count) AS unknown
    FROM check_rollups r
    WHERE r.workspace_id = $1 AND r.monitor_id = w.monitor_id
      AND r.hour_at >= b.from_at AND r.hour_at < least(b.to_at, rolled.through_at)
    UNION ALL
    SELECT count(*) FILTER (WHERE outcome = 'UP'), count(*) FILTER (WHERE outcome = 'DOWN'),
      count(*) FILTER (WHERE outcome = 'UNKNOWN')
    FROM checks c
    WHERE c.workspace_id = $1 AND c.monitor_id = w.monitor_id AND NOT c.is_late
      AND c.scheduled_at >= greatest(b.from_at, rolled.through_at) AND c.scheduled_at < b.to_at
      AND c.scheduled_at >= to_timestamp($5 / 1000.0) AND c.scheduled_at < to_timestamp($6 / 1000.0)
  ) n
  GROUP BY w.i ORDER BY w.i`

export type LatencyRow = Histogram & { monitorId: string; point: number }

type HistoryRow = MonitorRow | WindowRow

/** A transition of a monitor, or that it has none. */
type MonitorRow = {
  monitorId: string
  createdAt: number
  to: History['transitions'][number]['to'] | null
  at: number | null
}

type WindowRow = {
  monitorId: null
  windowId: string
  monitorIds: string[] | null
  starts: number[]
  ends: number[]
}

function historyOf(rows: MonitorRow[], maintenance: Interval[]): History {
  const transitions = rows.flatMap(({ to, at }) => (to && at !== null ? [{ to, at }] : []))
  return { createdAt: rows[0]!.createdAt, transitions, maintenance }
}

function workOf({ windowId, monitorIds, starts, ends }: WindowRow): Work {
  return { windowId, monitorIds, spans: starts.map((from, i) => ({ from, to: ends[i]! })) }
}

/** Hours before it are in the rollups. A grid finer than hours reads the checks alone. */
const ROLLED_THROUGH = `(SELECT CASE WHEN $6 THEN coalesce(max(through_at), '-infinity') ELSE '-infinity' END
  FROM progress WHERE name = 'check_rollups')`

function pointAt(column: string): string {
  return `date_bin($5 * interval '1 ms', ${column}, to_timestamp($3 / 1000.0))`
}
