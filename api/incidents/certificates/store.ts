import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Sighting } from './sighting.ts'
import type { KeptCertificate, OpenIncident } from './verdict.ts'

/** A later certificate is believed after three more checks of each region, but no later than in an hour: */
const BELIEVED_AFTER = `least(3 * interval_seconds, 3600) * interval '1 s'`
/** or, where several servers answer, once none of them has presented an earlier one for so long. */
const MIXED_FOR = `greatest(10 * interval_seconds, 86400) * interval '1 s'`

/** The votes must be locked. */
export async function saveSightings(tx: Transaction, sightings: Sighting[]): Promise<void> {
  await tx.query(
    `UPDATE region_votes v SET certificate_expires_at = to_timestamp(s.expires_at / 1000.0)
     FROM unnest($1::uuid[], $2::text[], $3::float8[]) AS s (monitor_id, region, expires_at)
     WHERE v.monitor_id = s.monitor_id AND v.region = s.region`,
    [
      sightings.map((sighting) => sighting.monitorId),
      sightings.map((sighting) => sighting.region),
      sightings.map((sighting) => sighting.expiresAt),
    ],
  )
}

export async function forgetSightings(tx: Transaction, monitorId: string): Promise<void> {
  await tx.query(
    `WITH forgotten AS (
       UPDATE region_votes SET certificate_expires_at = NULL WHERE monitor_id = $1)
     UPDATE monitors SET certificate_mixed_at = NULL WHERE id = $1`,
    [monitorId],
  )
}

export async function noteMixed(tx: Transaction, monitorIds: string[]): Promise<void> {
  if (monitorIds.length === 0) return
  await tx.query('UPDATE monitors SET certificate_mixed_at = now() WHERE id = ANY ($1::uuid[])', [
    monitorIds,
  ])
}

/** Looks at these monitors' certificates once checks have had the time to contradict what was seen. */
export async function lookLater(tx: Transaction, monitorIds: string[]): Promise<void> {
  if (monitorIds.length === 0) return
  await tx.query(
    `UPDATE monitors
     SET certificate_due_at = greatest(now() + ${BELIEVED_AFTER}, certificate_mixed_at + ${MIXED_FOR})
     WHERE id = ANY ($1::uuid[])`,
    [monitorIds],
  )
}

/** Monitors whose certificate it is time to look at; several processes get different ones. */
export async function lockDueMonitors(
  tx: Transaction,
  most: number,
): Promise<{ monitorIds: string[]; nowMs: number }> {
  const { rows } = await tx.query<{ id: string; nowMs: number }>(
    `SELECT id, ${epochMs('now()')} AS "nowMs" FROM monitors
     WHERE certificate_due_at <= now() ORDER BY certificate_due_at LIMIT $1
     FOR NO KEY UPDATE SKIP LOCKED`,
    [most],
  )
  return { monitorIds: rows.map(({ id }) => id), nowMs: rows[0]?.nowMs ?? 0 }
}

/** The monitors must be locked: whoever saw another certificate meanwhile has waited for that. */
export async function readCertificates(
  tx: Transaction,
  monitorIds: string[],
): Promise<KeptCertificate[]> {
  const { rows } = await tx.query<KeptCertificate>(
    `SELECT m.id AS "monitorId", m.workspace_id AS "workspaceId", m.certificate_told_days AS told,
       m.is_active AND m.quarantined_at IS NULL AND m.certificate_alerts AS "isHeeded",
       ${epochMs('coalesce(seen.heard, seen.earliest)')} AS "expiresAt",
       coalesce(seen.earliest < seen.latest, false) AS "isSplit"
     FROM monitors m CROSS JOIN LATERAL (
       SELECT min(v.certificate_expires_at) AS earliest, max(v.certificate_expires_at) AS latest,
         min(v.certificate_expires_at) FILTER (WHERE v.last_checked_at > now()
           - 2 * m.interval_seconds * interval '1 s' - m.timeout_ms * interval '1 ms') AS heard
       FROM region_votes v WHERE v.monitor_id = m.id) seen
     WHERE m.id = ANY ($1::uuid[]) ORDER BY m.id`,
    [monitorIds],
  )
  return rows
}

/** Open incidents about certificates by their monitors, locked until the transaction ends. */
export async function lockOpenIncidents(
  tx: Transaction,
  monitorIds: string[],
): Promise<Map<string, OpenIncident>> {
  const { rows } = await tx.query<OpenIncident & { monitorId: string }>(
    `SELECT id, monitor_id AS "monitorId",
       ${epochMs('started_at')} AS "startedAt"
     FROM incidents
     WHERE monitor_id = ANY ($1::uuid[]) AND kind = 'CERTIFICATE' AND status <> 'RESOLVED'
     ORDER BY started_at, id FOR UPDATE`,
    [monitorIds],
  )
  return new Map(rows.map(({ monitorId, ...incident }) => [monitorId, incident]))
}

/** Gives the monitors that show another expiry from now on. */
export async function saveCertificates(
  tx: Transaction,
  certificates: {
    monitorId: string
    expiresAt: number | null
    told: number | null
    dueAt: number | null
  }[],
): Promise<{ id: string; workspaceId: string }[]> {
  const { rows } = await tx.query<{ id: string; workspaceId: string }>(
    `WITH saved AS (
       UPDATE monitors m
       SET certificate_expires_at = to_timestamp(c.expires_at / 1000.0),
           certificate_told_days = c.told, certificate_due_at = to_timestamp(c.due_at / 1000.0)
       FROM unnest($1::uuid[], $2::float8[], $3::int2[], $4::float8[])
         AS c (monitor_id, expires_at, told, due_at)
       WHERE m.id = c.monitor_id
       RETURNING m.id, m.workspace_id,
         old.certificate_expires_at IS DISTINCT FROM new.certificate_expires_at AS is_moved)
     SELECT id, workspace_id AS "workspaceId" FROM saved WHERE is_moved`,
    [
      certificates.map((certificate) => certificate.monitorId),
      certificates.map((certificate) => certificate.expiresAt),
      certificates.map((certificate) => certificate.told),
      certificates.map((certificate) => certificate.dueAt),
    ],
  )
  return rows
}
