import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { StoredIncident } from '../incident.ts'
import type { IncidentState } from './effect.ts'

type MonitorIncident = StoredIncident & { monitorId: string }

/**
 * The followed incidents of these monitors that are open or were resolved since `sinceMs`, locked until
 * the transaction ends: a person who resolves one meanwhile waits, and then finds it changed.
 */
export async function lockIncidents(
  tx: Transaction,
  monitorIds: string[],
  sinceMs: number,
): Promise<MonitorIncident[]> {
  const { rows } = await tx.query<MonitorIncident>({
    name: 'lock-incidents',
    text: `
      SELECT id, monitor_id AS "monitorId", kind,
        ${epochMs('started_at')} AS "startedAt",
        ${epochMs('resolved_at')} AS "resolvedAt"
      FROM incidents
      WHERE monitor_id = ANY ($1::uuid[])
        AND kind IN ('DOWN', 'LATENCY')
        AND retracted_at IS NULL
        AND (resolved_at IS NULL OR resolved_at >= to_timestamp($2 / 1000.0))
      ORDER BY started_at, id
      FOR UPDATE`,
    values: [monitorIds, sinceMs],
  })
  return rows
}

export async function updateIncidents(tx: Transaction, states: IncidentState[]): Promise<void> {
  if (states.length === 0) return
  await tx.query({
    name: 'update-incidents',
    text: `
      UPDATE incidents i
      SET started_at = coalesce(to_timestamp(s.started_at / 1000.0), i.started_at),
          resolved_at = to_timestamp(s.resolved_at / 1000.0),
          retracted_at = to_timestamp(s.retracted_at / 1000.0),
          status = CASE
            WHEN s.resolved_at IS NOT NULL OR s.retracted_at IS NOT NULL THEN 'RESOLVED'
            WHEN i.status = 'RESOLVED' THEN 'OPEN'
            ELSE i.status
          END::incident_status
      FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::float8[])
        AS s (id, started_at, resolved_at, retracted_at)
      WHERE i.id = s.id`,
    values: [
      states.map((state) => state.incidentId),
      states.map((state) => state.startedAt),
      states.map((state) => state.resolvedAt),
      states.map((state) => state.retractedAt),
    ],
  })
}

export async function insertIncidents(tx: Transaction, states: IncidentState[]): Promise<void> {
  if (states.length === 0) return
  await tx.query({
    name: 'insert-incidents',
    text: `
      INSERT INTO incidents
        (id, workspace_id, monitor_id, kind, started_at, resolved_at, cause, status)
      SELECT id, workspace_id, monitor_id, kind, to_timestamp(started_at / 1000.0),
        to_timestamp(resolved_at / 1000.0), cause,
        CASE WHEN resolved_at IS NULL THEN 'OPEN' ELSE 'RESOLVED' END::incident_status
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::incident_kind[], $5::float8[],
                  $6::float8[], $7::text[])
        AS s (id, workspace_id, monitor_id, kind, started_at, resolved_at, cause)`,
    values: [
      states.map((state) => state.incidentId),
      states.map((state) => state.workspaceId),
      states.map((state) => state.monitorId),
      states.map((state) => state.kind),
      states.map((state) => state.startedAt),
      states.map((state) => state.resolvedAt),
      states.map((state) => state.cause),
    ],
  })
}
