import { OPENING_OF_INCIDENT } from '../../../monitors/transitions/store.ts'
import type { Sql, Transaction } from '../../../platform/database.ts'
import { epochMs } from '../../../platform/sql.ts'
import type { IncidentPlace } from '../../alert.ts'
import type { Recipient } from '../../audience/audience.ts'
import { IS_LIVE, RECIPIENT } from '../../channels/store.ts'
import type { DueStep } from './step.ts'

/** Of these incidents, which opened just now, those of monitors with a policy are escalated by it as it is. */
export async function startEscalations(tx: Transaction, incidentIds: string[]): Promise<void> {
  if (incidentIds.length === 0) return
  await tx.query({
    name: 'start-escalations',
    text: `
      INSERT INTO escalations (incident_id, workspace_id, policy, step, due_at)
      SELECT i.id, i.workspace_id, jsonb_build_object('steps', p.steps, 'repeats', p.repeats,
          'acknowledgementMinutes', p.acknowledgement_minutes),
        0, now() + (p.steps -> 0 ->> 'afterMinutes')::int * interval '1 min'
      FROM incidents i
      JOIN monitors m ON m.id = i.monitor_id
      JOIN escalation_policies p ON p.id = m.escalation_policy_id
      WHERE i.id = ANY ($1::uuid[]) AND i.kind = 'DOWN' AND i.status = 'OPEN'
      ON CONFLICT DO NOTHING`,
    values: [incidentIds],
  })
}

export async function endEscalations(tx: Transaction, incidentIds: string[]): Promise<void> {
  if (incidentIds.length === 0) return
  await tx.query({
    name: 'end-escalations',
    text: 'DELETE FROM escalations WHERE incident_id = ANY ($1::uuid[])',
    values: [incidentIds],
  })
}

/** Somebody is at it: it begins again when the acknowledgement ends, if it ever does. */
export async function holdEscalation(tx: Transaction, incidentId: string): Promise<void> {
  await tx.query(
    `WITH held AS (
       UPDATE escalations SET step = 0,
         due_at = now() + (policy ->> 'acknowledgementMinutes')::int * interval '1 min'
       WHERE incident_id = $1
       RETURNING incident_id, due_at
     )
     UPDATE incidents i SET acknowledgement_ends_at = held.due_at
     FROM held WHERE i.id = held.incident_id`,
    [incidentId],
  )
}

/** Where the escalation `e` of an incident stands, and of what there is to tell. */
const STEP = `e.policy, e.step, i.status = 'ACKNOWLEDGED' AS "isAcknowledged",
  json_build_object('workspaceId', i.workspace_id, 'monitorId', i.monitor_id,
    'incidentId', i.id, 'daysLeft', NULL, 'latencyMs', NULL, 'type', 'DOWN',
    'transitionId', ${OPENING_OF_INCIDENT}) AS news,
  (SELECT coalesce(max(a.round), 0) + 1 FROM alerts a
   WHERE a.incident_id = i.id AND a.type = 'DOWN') AS round,
  ARRAY(SELECT c.id FROM alerts a
   LEFT JOIN contacts k ON k.workspace_id = a.workspace_id AND k.email = a.recipient
   JOIN channels c ON c.id = a.channel_id
     OR c.contact_id = k.id AND c.kind = 'EMAIL' AND a.channel = 'EMAIL'
   WHERE a.incident_id = i.id AND a.type = 'DOWN'
     AND a.created_at > now() - interval '1 minute') AS "justTold",
  ${epochMs('told.at')} AS "toldAt", coalesce(told.is_withheld, false) AS "isWithheld"`

const FROM_ESCALATIONS = `FROM escalations e
  JOIN incidents i ON i.id = e.incident_id
  JOIN monitors m ON m.id = i.monitor_id
  CROSS JOIN LATERAL (
    SELECT min(coalesce(a.released_at, a.created_at)) FILTER (WHERE a.status <> 'WITHHELD') AS at,
      bool_and(a.status = 'WITHHELD' AND a.review_at IS NOT NULL) AS is_withheld
    FROM alerts a WHERE a.incident_id = i.id AND a.type = 'DOWN' AND a.status <> 'FAILED'
  ) told`

/**
 * Those that are due, longest due first, and the database's time; several processes get different ones. A monitor
 * that is being edited is left for later: who edits it may wait for its incidents.
 */
export async function lockDueSteps(
  tx: Transaction,
  most: number,
): Promise<{ due: DueStep[]; nowMs: number }> {
  const { rows } = await tx.query<DueStep & { nowMs: number }>({
    name: 'lock-due-steps',
    text: `
      SELECT ${STEP}, ${epochMs('now()')} AS "nowMs"
      ${FROM_ESCALATIONS}
      WHERE e.due_at <= now()
      ORDER BY e.due_at
      LIMIT $1
      FOR UPDATE OF e, i SKIP LOCKED FOR KEY SHARE OF m SKIP LOCKED`,
    values: [most],
  })
  return { due: rows.map(({ nowMs: _, ...step }) => step), nowMs: rows[0]?.nowMs ?? 0 }
}

/** Of this incident, which is locked, whether or not it is due; none where nothing escalates it. */
export async function lockStep(
  tx: Transaction,
  { incidentId, workspaceId }: IncidentPlace,
): Promise<DueStep[]> {
  const { rows } = await tx.query<DueStep>(
    `SELECT ${STEP} ${FROM_ESCALATIONS}
     WHERE e.incident_id = $1 AND e.workspace_id = $2 FOR UPDATE OF e`,
    [incidentId, workspaceId],
  )
  return rows
}

/** The live ones among these channels, by their ids. */
export async function readRecipients(
  sql: Sql,
  channelIds: string[],
): Promise<Map<string, Recipient>> {
  if (channelIds.length === 0) return new Map()
  const { rows } = await sql.query<Recipient & { channelId: string }>({
    name: 'read-recipients',
    text: `
      SELECT ${RECIPIENT} FROM channels c LEFT JOIN contacts k ON k.id = c.contact_id
      WHERE c.id = ANY ($1::uuid[]) AND ${IS_LIVE}`,
    values: [channelIds],
  })
  return new Map(rows.map((recipient) => [recipient.channelId, recipient]))
}

export async function saveSteps(
  tx: Transaction,
  steps: { incidentId: string; nextStep: number; dueAt: number | null }[],
): Promise<void> {
  if (steps.length === 0) return
  await tx.query({
    name: 'save-steps',
    text: `
      UPDATE escalations e SET step = s.step, due_at = to_timestamp(s.due_at / 1000.0)
      FROM unnest($1::uuid[], $2::int[], $3::float8[]) AS s (incident_id, step, due_at)
      WHERE e.incident_id = s.incident_id`,
    values: [
      steps.map(({ incidentId }) => incidentId),
      steps.map(({ nextStep }) => nextStep),
      steps.map(({ dueAt }) => dueAt),
    ],
  })
}

/** As if nobody had acknowledged them, where they are not over. */
export async function reopenIncidents(tx: Transaction, incidentIds: string[]): Promise<void> {
  if (incidentIds.length === 0) return
  await tx.query(
    `UPDATE incidents SET status = 'OPEN', acknowledged_at = NULL, acknowledged_by_id = NULL,
       acknowledgement_ends_at = NULL
     WHERE id = ANY ($1::uuid[]) AND status <> 'RESOLVED'`,
    [incidentIds],
  )
}
