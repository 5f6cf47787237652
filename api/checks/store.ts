import type { CheckResult } from '../../core/check.ts'
import type { Observation } from '../../core/view.ts'
import type { VoteKey } from '../monitors/votes/vote.ts'
import type { Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import type { CheckRow } from './batch.ts'

/** Writes checks; how many were not there yet. */
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
  votes: (VoteKey & { fromSlotAt: number })[],
): Promise<(VoteKey & Observation)[]> {
  const { rows } = await tx.query<VoteKey & Observation>(
    `SELECT c.monitor_id AS "monitorId", c.region,
       ${epochMs('c.scheduled_at')} AS "slotAt", c.attempt,
       ${epochMs('c.checked_at')} AS "at",
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
