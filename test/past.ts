import type { Status } from '../api/monitors/timeline.ts'
import type { Database } from '../api/platform/database.ts'
import { addMonitors } from './monitors.ts'

/** A day long gone on which tests play, so that no real day's partition is in their way. */
export const at = (clock: string) => Date.parse(`2001-02-03T${clock}Z`)

export const MADE_AT = at('08:00:00')

/** Makes room for the checks of that day. */
export async function keepPastDay({ pool }: Database): Promise<void> {
  await pool.query(
    `CREATE TABLE partitions.checks_past PARTITION OF checks
     FOR VALUES FROM ('2001-02-03T00:00:00Z') TO ('2001-02-04T00:00:00Z')`,
  )
}

/** Made at 08:00, with transitions as "UP@08:00:10 DOWN@09:00:00". */
export async function makeMonitor(
  database: Database,
  workspaceId: string,
  transitions = '',
): Promise<string> {
  const [monitor] = await addMonitors(database, { workspaceId, madeAt: MADE_AT })
  const { monitorId: id } = monitor!
  let from: Status = 'PENDING'
  for (const word of transitions.split(' ').filter(Boolean)) {
    const [to, clock] = word.split('@') as [Status, string]
    await database.pool.query(
      `INSERT INTO transitions (workspace_id, monitor_id, from_status, to_status, at, decided_at, votes,
         policy, reason)
       VALUES ($1, $2, $3, $4, $5, $5, '[]', '{}', 'test')`,
      [workspaceId, id, from, to, new Date(at(clock))],
    )
    from = to
  }
  return id
}

export type Seen = [outcome: 'UP' | 'DOWN' | 'UNKNOWN', latencyMs: number | null]

/** Checks of one slot, one attempt each. */
export async function insertChecks(
  { pool }: Database,
  workspaceId: string,
  monitorId: string,
  scheduledAt: number,
  seen: Seen[],
  { region = 'local', isLate = false } = {},
): Promise<void> {
  await pool.query(
    `INSERT INTO checks (monitor_id, scheduled_at, attempt, region, workspace_id, checked_at, outcome,
       error_kind, latency_ms, is_late)
     SELECT $1, $2::timestamptz, i, $3, $4, $2::timestamptz, outcome::check_outcome,
       CASE outcome WHEN 'DOWN' THEN 'TIMEOUT' WHEN 'UNKNOWN' THEN 'PROBE_FAILURE' END::check_error_kind,
       ms, $7
     FROM unnest($5::text[], $6::float4[]) WITH ORDINALITY AS t (outcome, ms, i)`,
    [
      monitorId,
      new Date(scheduledAt),
      region,
      workspaceId,
      seen.map(([outcome]) => outcome),
      seen.map(([, latencyMs]) => latencyMs),
      isLate,
    ],
  )
}
