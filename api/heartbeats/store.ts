import type { HeartbeatPing, HeartbeatPingKind } from '../../generated/prisma/client.ts'
import type { Deps } from '../deps.ts'
import { planSchema } from '../monitors/kinds/heartbeat/heartbeat.ts'
import type { HeartbeatPlan } from '../monitors/kinds/heartbeat/plan.ts'
import type { Sql, Transaction } from '../platform/database.ts'
import { epochMs, instant } from '../platform/sql.ts'
import { HEARTBEAT_REGION } from '../probes/assignment.ts'
import type { Absence, Awaited } from './heartbeat.ts'
import type { HeartbeatKey } from './token.ts'

/** Of one job; older ones are forgotten. */
const PINGS_KEPT = 500

/** A heartbeat whose vote is locked. */
export type LockedHeartbeat = Awaited & {
  monitorId: string
  workspaceId: string
  lastPingAt: number | null
  /** Neither paused nor set aside. */
  isWatched: boolean
  /** Null where the row does not hold one. */
  plan: HeartbeatPlan | null
}

export async function insertHeartbeat(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<void> {
  await tx.query('INSERT INTO heartbeats (monitor_id, workspace_id) VALUES ($1, $2)', [
    id,
    workspaceId,
  ])
}

export async function readKey(sql: Sql, monitorId: string): Promise<HeartbeatKey | null> {
  const { rows } = await sql.query<HeartbeatKey>({
    name: 'read-heartbeat-key',
    text: `
      SELECT monitor_id AS "monitorId", token_version AS "tokenVersion"
      FROM heartbeats WHERE monitor_id = $1`,
    values: [monitorId],
  })
  return rows[0] ?? null
}

/**
 * Null once the monitor is deleted. Its vote is what is locked: whoever edits the monitor, or decides on
 * it, locks that first too.
 */
export async function lockHeartbeat(
  tx: Transaction,
  monitorId: string,
): Promise<LockedHeartbeat | null> {
  await tx.query(`${VOTE} FOR UPDATE`, [monitorId, HEARTBEAT_REGION])
  return readHeartbeat(tx, monitorId)
}

/** As `lockHeartbeat`; null too where somebody else is at it. */
export async function lockFreeHeartbeat(
  tx: Transaction,
  monitorId: string,
): Promise<LockedHeartbeat | null> {
  const { rowCount } = await tx.query(`${VOTE} FOR UPDATE SKIP LOCKED`, [
    monitorId,
    HEARTBEAT_REGION,
  ])
  // Read once it is locked: until then somebody else may have changed it.
  return rowCount === 0 ? null : readHeartbeat(tx, monitorId)
}

/** Jobs can call now. If that was last noted longer ago than `awayAfterMs`, they could not in between. */
export async function notePresence(sql: Sql, nowMs: number, awayAfterMs: number): Promise<void> {
  await sql.query({
    name: 'note-presence',
    text: `
      WITH noted AS (
        INSERT INTO progress (name, through_at) VALUES ('heartbeats_present', ${instant(1)})
        ON CONFLICT (name) DO UPDATE
        SET through_at = greatest(progress.through_at, excluded.through_at)
        RETURNING old.through_at AS before_at
      )
      INSERT INTO progress (name, through_at)
      SELECT bound.name, bound.at FROM noted, LATERAL (VALUES
        ('heartbeats_away_from', before_at), ('heartbeats_away_to', ${instant(1)})) AS bound (name, at)
      WHERE before_at < ${instant(1)} - $2 * interval '1 ms'
      ON CONFLICT (name) DO UPDATE SET through_at = excluded.through_at`,
    values: [nowMs, awayAfterMs],
  })
}

/** The last time that jobs could not call. */
export async function readAbsence(sql: Sql): Promise<Absence | null> {
  const { rows } = await sql.query<Absence>(
    `SELECT ${epochMs('f.through_at')} AS "from", ${epochMs('t.through_at')} AS "to"
     FROM progress f, progress t
     WHERE f.name = 'heartbeats_away_from' AND t.name = 'heartbeats_away_to'`,
  )
  return rows[0] ?? null
}

/**
 * Monitors whose jobs have let their deadline pass while they could call; the one that has waited longest
 * comes first. Later deadlines wait for the next presence, which tells of the absence before it.
 */
export async function readDueMonitors(sql: Sql, nowMs: number, most: number): Promise<string[]> {
  const { rows } = await sql.query<{ monitorId: string }>({
    name: 'read-due-heartbeats',
    text: `
      SELECT monitor_id AS "monitorId" FROM heartbeats
      WHERE due_at <= coalesce(
        (SELECT through_at FROM progress WHERE name = 'heartbeats_present'), ${instant(1)})
      ORDER BY due_at LIMIT $2`,
    values: [nowMs, most],
  })
  return rows.map(({ monitorId }) => monitorId)
}

/** The vote must be locked. */
export async function saveAwaited(
  tx: Transaction,
  monitorId: string,
  { expectedAt, dueAt, startedAt }: Awaited,
): Promise<void> {
  await tx.query({
    name: 'save-awaited',
    text: `
      UPDATE heartbeats
      SET expected_at = to_timestamp($2 / 1000.0), due_at = to_timestamp($3 / 1000.0),
          started_at = to_timestamp($4 / 1000.0)
      WHERE monitor_id = $1`,
    values: [monitorId, expectedAt, dueAt, startedAt],
  })
}

/** Nothing is awaited before the next call. The vote must be locked. */
export async function disarmHeartbeat(tx: Transaction, monitorId: string): Promise<void> {
  await saveAwaited(tx, monitorId, { expectedAt: null, dueAt: null, startedAt: null })
}

/** For deadlines that could not be looked at: others come first for a while. */
export async function putOffDeadline(sql: Sql, monitorId: string): Promise<void> {
  await sql.query(
    `UPDATE heartbeats SET due_at = due_at + interval '1 minute' WHERE monitor_id = $1`,
    [monitorId],
  )
}

/** The vote must be locked. */
export async function insertPing(
  tx: Transaction,
  ping: Omit<HeartbeatPing, 'id' | 'at'> & { at: number },
): Promise<void> {
  await tx.query({
    name: 'insert-ping',
    text: `
      WITH last AS (
        UPDATE heartbeats SET last_ping_at = to_timestamp($4 / 1000.0) WHERE monitor_id = $1
      ), forgotten AS (
        DELETE FROM heartbeat_pings WHERE monitor_id = $1 AND id <= (
          SELECT id FROM heartbeat_pings WHERE monitor_id = $1
          ORDER BY id DESC OFFSET ${PINGS_KEPT - 1} LIMIT 1)
      )
      INSERT INTO heartbeat_pings (monitor_id, workspace_id, kind, at, exit_code, run_ms, body, remote_address)
      VALUES ($1, $2, $3, to_timestamp($4 / 1000.0), $5, $6, $7, $8)`,
    values: [
      ping.monitorId,
      ping.workspaceId,
      ping.kind,
      ping.at,
      ping.exitCode,
      ping.runMs,
      ping.body,
      ping.remoteAddress,
    ],
  })
}

/** Makes the tokens so far worthless; false where the workspace has no such heartbeat. */
export async function raiseTokenVersion(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE heartbeats SET token_version = token_version + 1
     WHERE monitor_id = $1 AND workspace_id = $2`,
    [id, workspaceId],
  )
  return rowCount === 1
}

/** The newest calls of these kinds, at most so many of each monitor. */
export async function readPings(
  { database }: Deps,
  workspaceId: string,
  asked: { monitorIds: string[]; kinds: HeartbeatPingKind[]; most: number },
): Promise<HeartbeatPing[]> {
  const { rows } = await database.pool.query<HeartbeatPing>(
    `SELECT p.id, p.monitor_id AS "monitorId", p.workspace_id AS "workspaceId", p.kind, p.at,
       p.exit_code AS "exitCode", p.run_ms AS "runMs", p.body, p.remote_address AS "remoteAddress"
     FROM unnest($2::uuid[]) AS k (monitor_id)
     CROSS JOIN LATERAL (
       SELECT * FROM heartbeat_pings h
       WHERE h.monitor_id = k.monitor_id AND h.workspace_id = $1
         AND h.kind = ANY ($3::heartbeat_ping_kind[])
       ORDER BY h.id DESC LIMIT $4) p
     ORDER BY p.monitor_id, p.id DESC`,
    [workspaceId, asked.monitorIds, asked.kinds, asked.most],
  )
  return rows
}

const VOTE = 'SELECT FROM region_votes WHERE monitor_id = $1 AND region = $2'

type HeartbeatRow = Omit<LockedHeartbeat, 'plan'> & { expectations: unknown }

async function readHeartbeat(tx: Transaction, monitorId: string): Promise<LockedHeartbeat | null> {
  const { rows } = await tx.query<HeartbeatRow>({
    name: 'read-heartbeat',
    text: `
      SELECT h.monitor_id AS "monitorId", h.workspace_id AS "workspaceId",
        ${epochMs('h.expected_at')} AS "expectedAt", ${epochMs('h.due_at')} AS "dueAt",
        ${epochMs('h.started_at')} AS "startedAt", ${epochMs('h.last_ping_at')} AS "lastPingAt",
        m.is_active AND m.quarantined_at IS NULL AS "isWatched", m.expectations
      FROM heartbeats h JOIN monitors m ON m.id = h.monitor_id WHERE h.monitor_id = $1`,
    values: [monitorId],
  })
  const [row] = rows
  if (!row) return null
  const { expectations, ...heartbeat } = row
  return { ...heartbeat, plan: planSchema.safeParse(expectations).data ?? null }
}
