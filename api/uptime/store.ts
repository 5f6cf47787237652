import type { Sql, Transaction } from '../platform/database.ts'
import type { CheckCounts } from './counts.ts'
import { BUCKET_STARTS_MS, type Histogram } from './latency.ts'
import type { History, Interval } from './uptime.ts'
import type { Grid } from './window.ts'

/** Monitors of one workspace. Others' ids find nothing. */
export type Monitors = { workspaceId: string; monitorIds: string[] }

/** What decides the uptime of many monitors in a window: the last transition before it, and those within. */
export async function readHistories(
  sql: Sql,
  { workspaceId, monitorIds }: Monitors,
  window: Interval,
): Promise<Map<string, History>> {
  const { rows } = await sql.query<HistoryRow>(
    `SELECT m.id AS "monitorId", ${epochMs('m.created_at')} AS "createdAt",
       t.to_status AS "to", ${epochMs('t.at')} AS at
     FROM monitors m
     LEFT JOIN LATERAL (
       (SELECT to_status, at, decided_at FROM transitions
        WHERE monitor_id = m.id AND superseded_at IS NULL AND at <= to_timestamp($3 / 1000.0)
        ORDER BY at DESC, decided_at DESC LIMIT 1)
       UNION ALL
       (SELECT to_status, at, decided_at FROM transitions
        WHERE monitor_id = m.id AND superseded_at IS NULL
          AND at > to_timestamp($3 / 1000.0) AND at < to_timestamp($4 / 1000.0))
     ) t ON true
     WHERE m.workspace_id = $1 AND m.id = ANY ($2::uuid[])
     ORDER BY m.id, t.at, t.decided_at`,
    [workspaceId, monitorIds, window.from, window.to],
  )
  const byMonitor = Map.groupBy(rows, ({ monitorId }) => monitorId)
  return new Map([...byMonitor].map(([monitorId, found]) => [monitorId, historyOf(found)]))
}

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
       SELECT c.monitor_id, ${pointAt('c.scheduled_at')}, ${bucketOf('c.latency_ms', '$7')}, 1
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

/** The hour to be rolled up next, held until the transaction ends; null if another process holds it or no check came yet. */
export async function lockNextHour(tx: Transaction): Promise<number | null> {
  // The oldest check is looked for only while no hour was ever rolled up.
  await tx.query(
    `INSERT INTO progress (name, through_at)
     SELECT 'check_rollups', date_trunc('hour', min(scheduled_at), 'UTC') FROM checks
     WHERE NOT EXISTS (SELECT FROM progress WHERE name = 'check_rollups')
     HAVING min(scheduled_at) IS NOT NULL
     ON CONFLICT DO NOTHING`,
  )
  const { rows } = await tx.query<{ throughAt: number }>(
    `SELECT ${epochMs('through_at')} AS "throughAt" FROM progress
     WHERE name = 'check_rollups' FOR UPDATE SKIP LOCKED`,
  )
  return rows[0]?.throughAt ?? null
}

/** Checks from here on may still have to be rolled up; now, if there is none. */
export async function readUnrolledFrom(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ unrolledFrom: number }>(
    `SELECT ${epochMs(`coalesce(
       (SELECT through_at FROM progress WHERE name = 'check_rollups'),
       (SELECT min(scheduled_at) FROM checks),
       now())`)} AS "unrolledFrom"`,
  )
  return rows[0]!.unrolledFrom
}

/** Sums up the checks of one hour and moves the progress past it. */
export async function rollUpHour(tx: Transaction, hourAt: number): Promise<void> {
  // An hour of ten thousand monitors is millions of rows.
  await tx.query(`SET LOCAL statement_timeout = '5min'`)
  await tx.query(
    `INSERT INTO check_rollups (monitor_id, hour_at, region, workspace_id, up_count, down_count,
       unknown_count, buckets, bucket_counts)
     SELECT monitor_id, to_timestamp($1::float8 / 1000), region, workspace_id,
       coalesce(sum(n) FILTER (WHERE outcome = 'UP'), 0),
       coalesce(sum(n) FILTER (WHERE outcome = 'DOWN'), 0),
       coalesce(sum(n) FILTER (WHERE outcome = 'UNKNOWN'), 0),
       coalesce(array_agg(bucket ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL), '{}'),
       coalesce(array_agg(n ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL), '{}')
     FROM (
       SELECT c.monitor_id, c.region, c.workspace_id, c.outcome, count(*)::int AS n,
         CASE WHEN c.outcome = 'UP' THEN ${bucketOf('c.latency_ms', '$2')} END AS bucket
       FROM checks c JOIN monitors m ON m.id = c.monitor_id
       WHERE c.scheduled_at >= to_timestamp($1::float8 / 1000)
         AND c.scheduled_at < to_timestamp($1::float8 / 1000) + interval '1 hour' AND NOT c.is_late
       GROUP BY c.monitor_id, c.region, c.workspace_id, c.outcome, bucket
     ) hour
     GROUP BY monitor_id, region, workspace_id
     ON CONFLICT DO NOTHING`,
    [hourAt, BUCKET_STARTS_MS],
  )
  await tx.query(
    `UPDATE progress SET through_at = through_at + interval '1 hour' WHERE name = 'check_rollups'`,
  )
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

type HistoryRow = {
  monitorId: string
  createdAt: number
  to: History['transitions'][number]['to'] | null
  at: number | null
}

function historyOf(rows: HistoryRow[]): History {
  const transitions = rows.flatMap(({ to, at }) => (to && at !== null ? [{ to, at }] : []))
  return { createdAt: rows[0]!.createdAt, transitions, maintenance: [] }
}

/** Hours before it are in the rollups. A grid finer than hours reads the checks alone. */
const ROLLED_THROUGH = `(SELECT CASE WHEN $6 THEN coalesce(max(through_at), '-infinity') ELSE '-infinity' END
  FROM progress WHERE name = 'check_rollups')`

function pointAt(column: string): string {
  return `date_bin($5 * interval '1 ms', ${column}, to_timestamp($3 / 1000.0))`
}

/** latency.ts `bucketOf`, over the same starts. */
export function bucketOf(column: string, starts: string): string {
  return `width_bucket(${column}::float8, ${starts}::float8[])::int2`
}

function epochMs(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`
}
