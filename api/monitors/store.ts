import type { Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import type { SettingsRow, StoredSettings } from './monitor.ts'
import type { Status } from './timeline.ts'

/** What following its votes needs of a monitor. Instants are epoch milliseconds. */
export type LockedMonitor = {
  id: string
  workspaceId: string
  regions: string[]
  quorum: number | null
  status: Status
  createdAt: number
  decidableFrom: number
}

/** A whole row, for whoever edits it. */
export type MonitorRow = SettingsRow & {
  status: Status
  isActive: boolean
  isQuarantined: boolean
  /** The latest instant that anything decided about it bears. */
  lastDecidedAt: number
}

export async function insertMonitor(
  tx: Transaction,
  monitor: { id: string; workspaceId: string; createdById: string | null; createdAt: number },
  settings: StoredSettings,
): Promise<void> {
  await tx.query(
    `INSERT INTO monitors (id, workspace_id, created_by_id, created_at, updated_at, status_since,
       decidable_from, ${SETTINGS.join(', ')})
     VALUES ($1, $2, $3, to_timestamp($4 / 1000.0), to_timestamp($4 / 1000.0),
       to_timestamp($4 / 1000.0), to_timestamp($4 / 1000.0), ${parameters(SETTINGS, 5)})`,
    [monitor.id, monitor.workspaceId, monitor.createdById, monitor.createdAt, ...values(settings)],
  )
}

export async function saveSettings(
  tx: Transaction,
  monitor: { id: string; updatedAt: number },
  settings: StoredSettings,
): Promise<void> {
  await tx.query(
    `UPDATE monitors SET updated_at = to_timestamp($2 / 1000.0),
       (${SETTINGS.join(', ')}) = ROW (${parameters(SETTINGS, 3)})
     WHERE id = $1`,
    [monitor.id, monitor.updatedAt, ...values(settings)],
  )
}

/**
 * Locks a monitor and its votes for an edit; null where the workspace has no such monitor. Edits of one
 * monitor queue up before they lock any row, as they may change which votes there are to lock.
 */
export async function lockForEdit(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string | null },
): Promise<MonitorRow | null> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id])
  await tx.query(
    'SELECT FROM region_votes WHERE monitor_id = $1 ORDER BY monitor_id, region FOR UPDATE',
    [id],
  )
  const { rows } = await tx.query<MonitorRow>(
    `SELECT id, workspace_id AS "workspaceId", name, kind, target,
       interval_seconds AS "intervalSeconds", timeout_ms AS "timeoutMs", regions, quorum,
       failure_threshold AS "failureThreshold", recovery_threshold AS "recoveryThreshold",
       latency_threshold_ms AS "latencyThresholdMs", slow_threshold AS "slowThreshold",
       normal_threshold AS "normalThreshold", alert_email AS "alertEmail",
       certificate_alerts AS "certificateAlerts", expectations, secrets, assertions, status,
       is_active AS "isActive", quarantined_at IS NOT NULL AS "isQuarantined",
       ${epochMs(LAST_DECIDED_AT)} AS "lastDecidedAt"
     FROM monitors m WHERE id = $1 AND workspace_id = coalesce($2, workspace_id)
     FOR UPDATE`,
    [id, workspaceId],
  )
  return rows[0] ?? null
}

/**
 * Locks monitors for a change of status, in the order of their ids. Those that were paused or set aside
 * while a batch waited for their votes are left out: their status stands.
 */
export async function lockMonitors(tx: Transaction, ids: string[]): Promise<LockedMonitor[]> {
  const { rows } = await tx.query<LockedMonitor>({
    name: 'lock-monitors',
    text: `
      SELECT id, workspace_id AS "workspaceId", regions, quorum, status,
        ${epochMs('created_at')} AS "createdAt", ${epochMs('decidable_from')} AS "decidableFrom"
      FROM monitors WHERE id = ANY ($1::uuid[]) AND is_active AND quarantined_at IS NULL
      ORDER BY id FOR NO KEY UPDATE`,
    values: [ids],
  })
  return rows
}

export async function saveActivity(
  tx: Transaction,
  monitor: {
    id: string
    isActive: boolean
    decidableFrom: number
    quarantine: { at: number; reason: string } | null
  },
): Promise<void> {
  await tx.query(
    `UPDATE monitors SET is_active = $2, decidable_from = to_timestamp($3 / 1000.0),
       quarantined_at = to_timestamp($4 / 1000.0), quarantine_reason = $5
     WHERE id = $1`,
    [
      monitor.id,
      monitor.isActive,
      monitor.decidableFrom,
      monitor.quarantine?.at ?? null,
      monitor.quarantine?.reason ?? null,
    ],
  )
}

export async function saveStatuses(
  tx: Transaction,
  monitors: { monitorId: string; status: Status; since: number }[],
): Promise<void> {
  await tx.query({
    name: 'save-statuses',
    text: `
      UPDATE monitors m SET status = n.status, status_since = to_timestamp(n.since / 1000.0)
      FROM unnest($1::uuid[], $2::monitor_status[], $3::float8[]) AS n (id, status, since)
      WHERE m.id = n.id`,
    values: [
      monitors.map((monitor) => monitor.monitorId),
      monitors.map((monitor) => monitor.status),
      monitors.map((monitor) => monitor.since),
    ],
  })
}

export async function deleteMonitorRow(tx: Transaction, id: string): Promise<void> {
  await tx.query('DELETE FROM monitors WHERE id = $1', [id])
}

// A check that confirms a status may have run long after that from which the status holds.
const LAST_DECIDED_AT = `greatest(updated_at, decidable_from, status_since, (
  SELECT decided_at FROM transitions WHERE monitor_id = m.id AND superseded_at IS NULL
  ORDER BY at DESC, decided_at DESC LIMIT 1))`

const SETTINGS = [
  'name',
  'kind',
  'target',
  'interval_seconds',
  'timeout_ms',
  'regions',
  'quorum',
  'failure_threshold',
  'recovery_threshold',
  'latency_threshold_ms',
  'slow_threshold',
  'normal_threshold',
  'alert_email',
  'certificate_alerts',
  'expectations',
  'secrets',
  'assertions',
]

/** In the order of SETTINGS. */
function values(settings: StoredSettings): unknown[] {
  return [
    settings.name,
    settings.kind,
    settings.target,
    settings.intervalSeconds,
    settings.timeoutMs,
    settings.regions,
    settings.quorum,
    settings.failureThreshold,
    settings.recoveryThreshold,
    settings.latencyThresholdMs,
    settings.slowThreshold,
    settings.normalThreshold,
    settings.alertEmail,
    settings.certificateAlerts,
    JSON.stringify(settings.expectations),
    settings.secrets,
    JSON.stringify(settings.assertions),
  ]
}

function parameters(columns: string[], first: number): string {
  return columns.map((_, index) => `$${first + index}`).join(', ')
}
