import type { Transaction } from '../../platform/database.ts'
import { entryOf } from '../entries/entry.ts'
import { insertEntries } from '../entries/store.ts'
import type { IncidentKind } from '../../../generated/prisma/enums.ts'
import type { IncidentEffect, MonitorEffect, StoredIncident } from '../incident.ts'

/**
 * The followed incidents of these monitors that are open or were resolved since `sinceMs`, locked until
 * the transaction ends: a person who resolves one meanwhile waits, and then finds it changed.
 */
export async function lockIncidents(
  tx: Transaction,
  monitorIds: string[],
  sinceMs: number,
): Promise<(StoredIncident & { monitorId: string })[]> {
  const { rows } = await tx.query({
    name: 'lock-incidents',
    text: `
      SELECT id, monitor_id AS "monitorId", kind,
        (extract(epoch FROM started_at) * 1000)::float8 AS "startedAt",
        (extract(epoch FROM resolved_at) * 1000)::float8 AS "resolvedAt"
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

/** Writes any number of effects, of any number of monitors, in at most four statements. */
export async function applyIncidentEffects(
  tx: Transaction,
  effects: MonitorEffect[],
  nowMs: number,
): Promise<void> {
  const states = statesAfter(effects, nowMs)
  const known = states.filter((state) => state.cause === null)
  const isOver = (state: IncidentState) => state.resolvedAt !== null || state.retractedAt !== null
  // One monitor has at most one open incident of a kind: what is over ends before anything opens.
  await updateIncidents(tx, known.filter(isOver))
  await updateIncidents(
    tx,
    known.filter((state) => !isOver(state)),
  )
  await insertIncidents(
    tx,
    states.filter((state) => state.cause !== null),
  )
  await insertEntries(
    tx,
    effects.map((effect) => ({
      ...entryOf(effect, nowMs),
      incidentId: effect.incidentId,
      workspaceId: effect.workspaceId,
      userId: null,
    })),
  )
}

/** Where several effects leave one incident. Null: `startedAt` as it was, not resolved, not retracted, not new. */
export type IncidentState = Pick<MonitorEffect, 'incidentId' | 'monitorId' | 'workspaceId'> & {
  kind: IncidentKind
  startedAt: number | null
  resolvedAt: number | null
  retractedAt: number | null
  cause: string | null
}

function statesAfter(effects: MonitorEffect[], nowMs: number): IncidentState[] {
  const states = new Map<string, IncidentState>()
  for (const effect of effects) {
    const { incidentId, monitorId, workspaceId, kind } = effect
    const untouched = { startedAt: null, resolvedAt: null, retractedAt: null, cause: null }
    const before = states.get(incidentId) ?? {
      incidentId,
      monitorId,
      workspaceId,
      kind,
      ...untouched,
    }
    states.set(incidentId, { ...before, ...changeOf(effect, nowMs) })
  }
  return [...states.values()]
}

function changeOf(effect: IncidentEffect, nowMs: number): Partial<IncidentState> {
  switch (effect.type) {
    case 'OPEN':
      return { startedAt: effect.startedAt, cause: effect.cause }
    case 'RESOLVE':
      return { resolvedAt: effect.resolvedAt }
    case 'MOVE':
      return { startedAt: effect.startedAt, resolvedAt: effect.resolvedAt }
    case 'RETRACT':
      return { resolvedAt: effect.wasResolvedAt, retractedAt: nowMs }
  }
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
            WHEN i.acknowledged_at IS NOT NULL THEN 'ACKNOWLEDGED'
            ELSE 'OPEN'
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
