import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import { BUCKET_STARTS_MS } from '../latency.ts'

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
         CASE WHEN c.outcome = 'UP' THEN ${bucketInSql('c.latency_ms', '$2')} END AS bucket
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

/** latency.ts `bucketOf`, over the same starts. */
export function bucketInSql(column: string, starts: string): string {
  return `width_bucket(${column}::float8, ${starts}::float8[])::int2`
}
