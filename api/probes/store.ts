import type { MonitorTargetRow } from '../monitors/monitor.ts'
import type { Sql, Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import { LEASE_MARGIN_MS, type NextRun, type WaitingRun } from './assignment.ts'

/** A claimed run as the database tells it. */
export type ClaimedRow = MonitorTargetRow & {
  region: string
  slotAt: number
  attempt: number
  fence: string
  intervalSeconds: number
  startsInMs: number
  /** The database's clock at the claim, epoch milliseconds. */
  nowMs: number
}

/** Up to `most` runs of a region that are due within `aheadMs`, none of these workspaces'. */
export type RunWish = { region: string; aheadMs: number; most: number; without: string[] }

/** Claims due runs, each under a lease of its timeout and a margin. */
export async function claimDueRuns(
  sql: Sql,
  { region, aheadMs, most, without }: RunWish,
): Promise<ClaimedRow[]> {
  const { rows } = await sql.query<ClaimedRow>({
    name: 'claim-due-runs',
    text: CLAIM_DUE,
    values: [region, aheadMs, most, without],
  })
  return rows
}

/** Writes each run's successor and ends its lease. A fence that moved on, or a pause, changes nothing. */
export async function settleRuns(tx: Transaction, runs: NextRun[]): Promise<void> {
  if (runs.length === 0) return
  await tx.query({
    name: 'settle-runs',
    text: `
      UPDATE assignments a
      SET slot_at = to_timestamp(n.slot_at / 1000.0), attempt = n.attempt, is_leased = false,
          claimable_at = to_timestamp(n.run_at / 1000.0)
      FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::float8[], $5::int[], $6::float8[])
        AS n (monitor_id, region, fence, slot_at, attempt, run_at)
      WHERE a.monitor_id = n.monitor_id AND a.region = n.region AND a.fence = n.fence`,
    values: [
      runs.map((run) => run.monitorId),
      runs.map((run) => run.region),
      runs.map((run) => run.fence),
      runs.map((run) => run.slotAt),
      runs.map((run) => run.attempt),
      runs.map((run) => run.runAt),
    ],
  })
}

/**
 * The next runs of monitors, where they have run before and are not known to be down. A run that somebody holds
 * is left out: whoever decides of it may wait for what the caller holds.
 */
export async function lockWaitingRuns(
  tx: Transaction,
  monitorIds: string[],
): Promise<WaitingRun[]> {
  const { rows } = await tx.query<WaitingRun>({
    name: 'lock-waiting-runs',
    text: `
      SELECT a.monitor_id AS "monitorId", a.region, a.fence, m.interval_seconds AS "intervalSeconds",
        json_build_object('slotAt', ${epochMs('v.last_slot_at')}, 'attempt', v.last_attempt) AS last,
        ${epochMs('a.claimable_at')} AS "runAt"
      FROM assignments a
      JOIN monitors m ON m.id = a.monitor_id
      JOIN region_votes v ON v.monitor_id = a.monitor_id AND v.region = a.region
      WHERE a.monitor_id = ANY ($1::uuid[]) AND NOT a.is_leased AND a.claimable_at IS NOT NULL
        AND v.last_slot_at IS NOT NULL AND m.status <> 'DOWN'
      FOR UPDATE OF a SKIP LOCKED`,
    values: [monitorIds],
  })
  return rows
}

/** Gives back runs that were claimed and not started, so that a successor need not wait for the lease. */
export async function releaseRuns(
  sql: Sql,
  runs: { monitorId: string; region: string; fence: string }[],
): Promise<void> {
  await sql.query(
    `UPDATE assignments a
     SET is_leased = false, claimable_at = now()
     FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS r (monitor_id, region, fence)
     WHERE a.monitor_id = r.monitor_id AND a.region = r.region AND a.fence = r.fence AND a.is_leased`,
    [runs.map((run) => run.monitorId), runs.map((run) => run.region), runs.map((run) => run.fence)],
  )
}

/** `runAt` is null where a probe plans its own runs. */
export type PlannedRun = {
  monitorId: string
  workspaceId: string
  region: string
  slotAt: number
  runAt: number | null
}

/** A monitor's first run in each region, or the next one after a change of plan. A lease in force is broken. */
export async function planRuns(tx: Transaction, runs: PlannedRun[]): Promise<void> {
  if (runs.length === 0) return
  await tx.query(
    `INSERT INTO assignments (monitor_id, workspace_id, region, slot_at, claimable_at)
     SELECT monitor_id, workspace_id, region, to_timestamp(slot_at / 1000.0), to_timestamp(run_at / 1000.0)
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::float8[], $5::float8[])
       AS r (monitor_id, workspace_id, region, slot_at, run_at)
     ON CONFLICT (monitor_id, region) DO UPDATE
     SET slot_at = excluded.slot_at, attempt = 0, is_leased = false,
         fence = assignments.fence + 1, claimable_at = excluded.claimable_at`,
    [
      runs.map((run) => run.monitorId),
      runs.map((run) => run.workspaceId),
      runs.map((run) => run.region),
      runs.map((run) => run.slotAt),
      runs.map((run) => run.runAt),
    ],
  )
}

/** Nobody runs these monitors until they are planned again; a run under way loses its fence. */
export async function unplanRuns(tx: Transaction, monitorIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE assignments SET claimable_at = NULL, is_leased = false, fence = fence + 1
     WHERE monitor_id = ANY ($1::uuid[])`,
    [monitorIds],
  )
}

/** Regions a monitor is no longer checked from. */
export async function dropRuns(tx: Transaction, monitorId: string, kept: string[]): Promise<void> {
  await tx.query(`DELETE FROM assignments WHERE monitor_id = $1 AND region <> ALL ($2::text[])`, [
    monitorId,
    kept,
  ])
}

// SKIP LOCKED: two schedulers asking at once get disjoint runs. A leased run is due only once its
// lease has ended; a free one may be claimed a little ahead, so that it starts on its instant.
const CLAIM_DUE = `
  WITH due AS (
    SELECT monitor_id, region, claimable_at
    FROM assignments
    WHERE region = $1
      AND claimable_at <= now() + $2 * interval '1 ms'
      AND (NOT is_leased OR claimable_at <= now())
      AND workspace_id <> ALL ($4::uuid[])
    ORDER BY claimable_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED
  )
  UPDATE assignments a
  SET is_leased = true,
      fence = a.fence + 1,
      claimable_at = greatest(a.claimable_at, now())
        + (m.timeout_ms + ${LEASE_MARGIN_MS}) * interval '1 ms'
  FROM due, monitors m
  WHERE a.monitor_id = due.monitor_id AND a.region = due.region AND m.id = due.monitor_id
  RETURNING a.monitor_id AS "id", a.workspace_id AS "workspaceId", a.region, a.fence,
    ${epochMs('a.slot_at')} AS "slotAt", a.attempt,
    (extract(epoch FROM due.claimable_at - now()) * 1000)::float8 AS "startsInMs",
    ${epochMs('now()')} AS "nowMs",
    m.interval_seconds AS "intervalSeconds", m.kind, m.target, m.timeout_ms AS "timeoutMs",
    m.expectations, m.secrets, m.assertions`
