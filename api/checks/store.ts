import type { CheckResult } from '../../core/check.ts'
import type { RegionTrack } from '../../core/region.ts'
import type { Observation } from '../../core/view.ts'
import { LAST_CHECK, type LastCheck, trackOf } from '../monitors/votes/store.ts'
import type { Transaction } from '../platform/database.ts'
import type { CheckRow, LockedVote } from './batch.ts'

export type Key = { monitorId: string; region: string }

/**
 * Locks the votes that a batch of results concerns, with the policy to judge them by. Monitors that
 * are gone, paused or quarantined have none to lock. Ordered, so that two batches never deadlock.
 */
export async function lockVotes(tx: Transaction, keys: Key[]): Promise<LockedVote[]> {
  const { rows } = await tx.query<LockedVoteRow>({
    name: 'lock-votes',
    text: `
      SELECT v.monitor_id AS "monitorId", v.region, v.workspace_id AS "workspaceId", v.track,
        ${LAST_CHECK}, coalesce(a.fence, 0) AS fence, ${POLICY_COLUMNS},
        (extract(epoch FROM v.certificate_expires_at) * 1000)::float8 AS "certificateExpiresAt",
        (extract(epoch FROM now()) * 1000)::float8 AS "nowMs"
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
export async function lockSilentVotes(tx: Transaction, most: number): Promise<Key[]> {
  const { rows } = await tx.query<Key>({
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
  { monitorId, region }: Key,
): Promise<void> {
  await tx.query(
    `UPDATE region_votes SET silence_check_at = now() + interval '1 minute'
     WHERE monitor_id = $1 AND region = $2`,
    [monitorId, region],
  )
}

export type VoteUpdate = Key & {
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
  votes: (Key & { silenceCheckAt: number | null })[],
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

/** Writes checks; the keys of those that were not there yet. */
export async function insertChecks(tx: Transaction, checks: CheckRow[]): Promise<number> {
  const { rowCount } = await tx.query({
    name: 'insert-checks',
    text: INSERT_CHECKS,
    values: checkColumns(checks),
  })
  return rowCount ?? 0
}

/** The checks that decide something, of these votes, from each one's given slot on. */
export async function readObservations(
  tx: Transaction,
  votes: (Key & { fromSlotAt: number })[],
): Promise<(Key & Observation)[]> {
  const { rows } = await tx.query<Key & Observation>(
    `SELECT c.monitor_id AS "monitorId", c.region,
       (extract(epoch FROM c.scheduled_at) * 1000)::float8 AS "slotAt", c.attempt,
       (extract(epoch FROM c.checked_at) * 1000)::float8 AS "at",
       (extract(epoch FROM CASE c.error_kind WHEN 'HEARTBEAT_MISSED' THEN c.scheduled_at
         ELSE c.checked_at END) * 1000)::float8 AS since, c.outcome,
       c.latency_ms AS "latencyMs", c.message AS cause
     FROM unnest($1::uuid[], $2::text[], $3::float8[]) AS k (monitor_id, region, from_slot_at)
     JOIN checks c ON c.monitor_id = k.monitor_id AND c.region = k.region
       AND c.scheduled_at >= to_timestamp(k.from_slot_at / 1000.0) AND NOT c.is_late
     WHERE c.scheduled_at >= to_timestamp($4::float8 / 1000.0)`,
    [
      votes.map((vote) => vote.monitorId),
      votes.map((vote) => vote.region),
      votes.map((vote) => vote.fromSlotAt),
      Math.min(...votes.map((vote) => vote.fromSlotAt)),
    ],
  )
  return rows
}

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

// One array a column: the driver sends a thousand rows as one statement that the server plans once.
const INSERT_CHECKS = `
  INSERT INTO checks (monitor_id, scheduled_at, attempt, region, workspace_id, checked_at, outcome,
    error_kind, http_status, message, dns_ok, tls_ok, content_ok, latency_ms, resolve_ms, connect_ms,
    tls_ms, processing_ms, transfer_ms, certificate_expires_at, remote_address, details, is_late)
  SELECT monitor_id, to_timestamp(scheduled_at / 1000.0), attempt, region, workspace_id,
    to_timestamp(checked_at / 1000.0), outcome, error_kind, http_status, message, dns_ok, tls_ok,
    content_ok, latency_ms, resolve_ms, connect_ms, tls_ms, processing_ms, transfer_ms,
    to_timestamp(certificate_expires_at / 1000.0), remote_address, details, is_late
  FROM unnest($1::uuid[], $2::float8[], $3::int2[], $4::text[], $5::uuid[], $6::float8[],
    $7::check_outcome[], $8::check_error_kind[], $9::int2[], $10::text[], $11::bool[], $12::bool[],
    $13::bool[], $14::float4[], $15::float4[], $16::float4[], $17::float4[], $18::float4[],
    $19::float4[], $20::float8[], $21::text[], $22::json[], $23::bool[])
    AS r (monitor_id, scheduled_at, attempt, region, workspace_id, checked_at, outcome, error_kind,
      http_status, message, dns_ok, tls_ok, content_ok, latency_ms, resolve_ms, connect_ms, tls_ms,
      processing_ms, transfer_ms, certificate_expires_at, remote_address, details, is_late)
  ON CONFLICT DO NOTHING`

function checkColumns(checks: CheckRow[]): (unknown[] | null)[] {
  const column = <T>(read: (check: CheckRow) => T) => checks.map(read)
  return [
    column((check) => check.monitorId),
    column((check) => check.scheduledAt),
    column((check) => check.attempt),
    column((check) => check.region),
    column((check) => check.workspaceId),
    column((check) => check.checkedAt),
    column((check) => check.outcome),
    column((check) => check.errorKind),
    column((check) => check.httpStatus),
    column((check) => check.message),
    column((check) => check.dnsOk),
    column((check) => check.tlsOk),
    column((check) => check.contentOk),
    column((check) => check.latencyMs),
    ...phaseColumns(checks.map((check) => check.phases)),
    column((check) => check.certificateExpiresAt),
    column((check) => check.remoteAddress),
    detailsColumn(checks),
    column((check) => check.isLate),
  ]
}

/** Null where no check of the batch has any: `unnest` fills up what is shorter, and nothing need be read. */
function detailsColumn(checks: CheckRow[]): (string | null)[] | null {
  if (checks.every(({ details }) => details === null)) return null
  return checks.map(({ details }) => details && JSON.stringify(details))
}

function phaseColumns(phases: CheckResult['phases'][]): (number | null)[][] {
  return [
    phases.map((phase) => phase.resolveMs),
    phases.map((phase) => phase.connectMs),
    phases.map((phase) => phase.tlsMs),
    phases.map((phase) => phase.processingMs),
    phases.map((phase) => phase.transferMs),
  ]
}
