import type { RegionTrack } from '../../../core/region.ts'
import type { CheckRow } from '../../checks/batch.ts'
import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import { type LastCheck, type LockedVote, trackOf, type VoteKey } from './vote.ts'

/** One region's running decision on one monitor. */
export type VoteTrack = { monitorId: string; region: string; track: RegionTrack }

export async function readTracks(tx: Transaction, monitorIds: string[]): Promise<VoteTrack[]> {
  const { rows } = await tx.query<VoteTrack & LastCheck>({
    name: 'read-tracks',
    text: `
      SELECT v.monitor_id AS "monitorId", v.region, v.track, ${LAST_CHECK} FROM region_votes v
      WHERE v.monitor_id = ANY ($1::uuid[]) ORDER BY v.monitor_id, v.region`,
    values: [monitorIds],
  })
  return rows.map((row) => ({ ...row, track: trackOf(row) }))
}

/** Puts tracks in the place of whatever the regions said before; what their last check was stays. */
export async function putTracks(
  tx: Transaction,
  votes: (VoteTrack & { workspaceId: string; silenceCheckAt: number | null })[],
): Promise<void> {
  await tx.query(
    `INSERT INTO region_votes (monitor_id, workspace_id, region, track, silence_check_at)
     SELECT monitor_id, workspace_id, region, track, to_timestamp(silence_check_at / 1000.0)
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::json[], $5::float8[])
       AS v (monitor_id, workspace_id, region, track, silence_check_at)
     ON CONFLICT (monitor_id, region) DO UPDATE
     SET track = excluded.track, silence_check_at = excluded.silence_check_at`,
    [
      votes.map((vote) => vote.monitorId),
      votes.map((vote) => vote.workspaceId),
      votes.map((vote) => vote.region),
      votes.map((vote) => JSON.stringify(vote.track)),
      votes.map((vote) => vote.silenceCheckAt),
    ],
  )
}

/** Regions that no longer have a vote on a monitor. */
export async function dropVotes(tx: Transaction, monitorId: string, kept: string[]): Promise<void> {
  await tx.query(`DELETE FROM region_votes WHERE monitor_id = $1 AND region <> ALL ($2::text[])`, [
    monitorId,
    kept,
  ])
}

/**
 * Locks the votes that a batch of results concerns, with the policy to judge them by. Monitors that
 * are gone, paused or quarantined have none to lock. Ordered, so that two batches never deadlock.
 */
export async function lockVotes(tx: Transaction, keys: VoteKey[]): Promise<LockedVote[]> {
  const { rows } = await tx.query<LockedVoteRow>({
    name: 'lock-votes',
    text: `
      SELECT v.monitor_id AS "monitorId", v.region, v.workspace_id AS "workspaceId", v.track,
        ${LAST_CHECK}, coalesce(a.fence, 0) AS fence, ${POLICY_COLUMNS},
        ${epochMs('v.certificate_expires_at')} AS "certificateExpiresAt", ${epochMs('now()')} AS "nowMs"
      FROM unnest($1::uuid[], $2::text[]) AS k (monitor_id, region)
      JOIN region_votes v USING (monitor_id, region)
      JOIN monitors m ON m.id = v.monitor_id AND m.is_active AND m.quarantined_at IS NULL
      LEFT JOIN assignments a USING (monitor_id, region)
      ORDER BY v.monitor_id, v.region
      FOR UPDATE OF v`,
    values: [keys.map((key) => key.monitorId), keys.map((key) => key.region)],
  })
  return rows.map(lockedVote)
}

/** Locks votes in which it is time to look for silence; the one that has waited longest comes first. */
export async function lockSilentVotes(tx: Transaction, most: number): Promise<VoteKey[]> {
  const { rows } = await tx.query<VoteKey>({
    name: 'lock-silent-votes',
    text: `
      SELECT monitor_id AS "monitorId", region FROM region_votes
      WHERE silence_check_at <= now() ORDER BY silence_check_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
    values: [most],
  })
  return rows
}

/** For votes that could not be looked at: others come first for a while. */
export async function putOffSilenceCheck(
  tx: Transaction,
  { monitorId, region }: VoteKey,
): Promise<void> {
  await tx.query(
    `UPDATE region_votes SET silence_check_at = now() + interval '1 minute'
     WHERE monitor_id = $1 AND region = $2`,
    [monitorId, region],
  )
}

export type VoteUpdate = VoteKey & {
  /** Null: as it is stored, but for the last check. */
  track: RegionTrack | null
  silenceCheckAt: number | null
  last: CheckRow | null
}

/**
 * Saves votes and what their last check was. An instant to look for silence that is already noted
 * stays: it is moved only when it has come, so that in between no index is written.
 */
export async function saveVotes(tx: Transaction, votes: VoteUpdate[]): Promise<void> {
  await tx.query({
    name: 'save-votes',
    text: `
      UPDATE region_votes v
      SET track = coalesce(n.track, v.track),
          silence_check_at = coalesce(v.silence_check_at, to_timestamp(n.silence_check_at / 1000.0)),
          last_slot_at = coalesce(to_timestamp(n.slot_at / 1000.0), v.last_slot_at),
          last_attempt = coalesce(n.attempt, v.last_attempt),
          last_checked_at = coalesce(to_timestamp(n.checked_at / 1000.0), v.last_checked_at),
          last_outcome = coalesce(n.outcome, v.last_outcome),
          last_http_status = CASE WHEN n.outcome IS NULL THEN v.last_http_status ELSE n.http_status END,
          last_error_kind = CASE WHEN n.outcome IS NULL THEN v.last_error_kind ELSE n.error_kind END,
          last_message = CASE WHEN n.outcome IS NULL THEN v.last_message ELSE n.message END,
          last_latency_ms = CASE WHEN n.outcome IS NULL THEN v.last_latency_ms ELSE n.latency_ms END
      FROM unnest($1::uuid[], $2::text[], $3::json[], $4::float8[], $5::float8[], $6::int2[],
        $7::float8[], $8::check_outcome[], $9::int2[], $10::check_error_kind[], $11::text[],
        $12::float4[])
        AS n (monitor_id, region, track, silence_check_at, slot_at, attempt, checked_at, outcome,
          http_status, error_kind, message, latency_ms)
      WHERE v.monitor_id = n.monitor_id AND v.region = n.region`,
    values: [
      votes.map((vote) => vote.monitorId),
      votes.map((vote) => vote.region),
      votes.map((vote) => vote.track && JSON.stringify(vote.track)),
      votes.map((vote) => vote.silenceCheckAt),
      votes.map((vote) => vote.last?.scheduledAt ?? null),
      votes.map((vote) => vote.last?.attempt ?? null),
      votes.map((vote) => vote.last?.checkedAt ?? null),
      votes.map((vote) => vote.last?.outcome ?? null),
      votes.map((vote) => vote.last?.httpStatus ?? null),
      votes.map((vote) => vote.last?.errorKind ?? null),
      votes.map((vote) => vote.last?.message ?? null),
      votes.map((vote) => vote.last?.latencyMs ?? null),
    ],
  })
}

/** Clears the instant, or moves it, of votes that were looked at for silence. */
export async function moveSilenceChecks(
  tx: Transaction,
  votes: (VoteKey & { silenceCheckAt: number | null })[],
): Promise<void> {
  await tx.query(
    `UPDATE region_votes v SET silence_check_at = to_timestamp(n.silence_check_at / 1000.0)
     FROM unnest($1::uuid[], $2::text[], $3::float8[]) AS n (monitor_id, region, silence_check_at)
     WHERE v.monitor_id = n.monitor_id AND v.region = n.region`,
    [
      votes.map((vote) => vote.monitorId),
      votes.map((vote) => vote.region),
      votes.map((vote) => vote.silenceCheckAt),
    ],
  )
}

/** The last check of a vote; null before the first. Columns of `region_votes v`. */
const LAST_CHECK = `
  ${epochMs('v.last_slot_at')} AS "lastSlotAt", v.last_attempt AS "lastAttempt",
  ${epochMs('v.last_checked_at')} AS "lastAt"`

const POLICY_COLUMNS = `
  m.failure_threshold AS "failureThreshold", m.recovery_threshold AS "recoveryThreshold",
  m.latency_threshold_ms AS "latencyThresholdMs", m.slow_threshold AS "slowThreshold",
  m.normal_threshold AS "normalThreshold", m.interval_seconds AS "intervalSeconds",
  m.timeout_ms AS "timeoutMs"`

type LockedVoteRow = Omit<LockedVote, 'policy'> & LockedVote['policy'] & LastCheck

function lockedVote(row: LockedVoteRow): LockedVote {
  const {
    monitorId,
    region,
    workspaceId,
    track: _,
    fence,
    certificateExpiresAt,
    nowMs,
    ...rest
  } = row
  const { lastSlotAt: __, lastAttempt: ___, lastAt: ____, ...policy } = rest
  const vote = { monitorId, region, workspaceId, fence, certificateExpiresAt, nowMs }
  return { ...vote, track: trackOf(row), policy }
}
