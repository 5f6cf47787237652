import type { Transaction } from '../../platform/database.ts'
import type { Sighting } from './sighting.ts'
import type { KeptCertificate, OpenIncident } from './verdict.ts'

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
  await tx.query('UPDATE region_votes SET certificate_expires_at = NULL WHERE monitor_id = $1', [
    monitorId,
  ])
}

/** Looks at these monitors' certificates once ten more checks could have contradicted what was seen. */
export async function lookLater(tx: Transaction, monitorIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE monitors SET certificate_due_at = now() + 10 * interval_seconds * interval '1 s'
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
    `SELECT id, (extract(epoch FROM now()) * 1000)::float8 AS "nowMs" FROM monitors
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
       (SELECT (extract(epoch FROM min(v.certificate_expires_at)) * 1000)::float8
        FROM region_votes v WHERE v.monitor_id = m.id) AS "expiresAt"
     FROM monitors m WHERE m.id = ANY ($1::uuid[]) ORDER BY m.id`,
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
       (extract(epoch FROM started_at) * 1000)::float8 AS "startedAt"
     FROM incidents
     WHERE monitor_id = ANY ($1::uuid[]) AND kind = 'CERTIFICATE' AND status <> 'RESOLVED'
     ORDER BY id FOR UPDATE`,
    [monitorIds],
  )
  return new Map(rows.map(({ monitorId, ...incident }) => [monitorId, incident]))
}

export async function saveCertificates(
  tx: Transaction,
  certificates: {
    monitorId: string
    expiresAt: number | null
    told: number | null
    dueAt: number | null
  }[],
): Promise<void> {
  await tx.query(
    `UPDATE monitors m
     SET certificate_expires_at = to_timestamp(c.expires_at / 1000.0),
         certificate_told_days = c.told, certificate_due_at = to_timestamp(c.due_at / 1000.0)
     FROM unnest($1::uuid[], $2::float8[], $3::int2[], $4::float8[])
       AS c (monitor_id, expires_at, told, due_at)
     WHERE m.id = c.monitor_id`,
    [
      certificates.map((certificate) => certificate.monitorId),
      certificates.map((certificate) => certificate.expiresAt),
      certificates.map((certificate) => certificate.told),
      certificates.map((certificate) => certificate.dueAt),
    ],
  )
}
