import type { Deps } from '../../deps.ts'
import type { Page } from '../../page.ts'
import type { Transaction } from '../../platform/database.ts'
import { epochMs, instant } from '../../platform/sql.ts'
import type { Transition } from '../timeline.ts'
import type { ShownTransition, TransitionPlace } from './transition.ts'

/** A transition as it is kept. Instants are epoch milliseconds. */
export type StoredTransition = Transition & { id: string; monitorId: string; workspaceId: string }

/** The id of the transition in force that opened an incident `i`; null where none has. */
export const OPENING_OF_INCIDENT = `(
  SELECT t.id FROM transitions t
  WHERE t.monitor_id = i.monitor_id AND t.at = i.started_at AND t.superseded_at IS NULL
    AND t.to_status = CASE i.kind WHEN 'DOWN' THEN 'DOWN' WHEN 'LATENCY' THEN 'DEGRADED' END::monitor_status
  LIMIT 1)`

/**
 * Each monitor's transitions in force that were decided from its instant on, in order, and before them at
 * least the one that was in force then.
 */
export async function readTransitions(
  tx: Transaction,
  fromMs: Map<string, number>,
): Promise<StoredTransition[]> {
  const { rows } = await tx.query<StoredTransition>({
    name: 'read-transitions',
    text: READ_TRANSITIONS,
    values: [[...fromMs.keys()], [...fromMs.values()]],
  })
  return rows
}

export async function insertTransitions(
  tx: Transaction,
  transitions: StoredTransition[],
): Promise<void> {
  if (transitions.length === 0) return
  await tx.query({
    name: 'insert-transitions',
    text: `
      INSERT INTO transitions (id, monitor_id, workspace_id, from_status, to_status, at, decided_at,
        votes, policy, reason, cause)
      SELECT id, monitor_id, workspace_id, from_status, to_status, to_timestamp(at / 1000.0),
        to_timestamp(decided_at / 1000.0), votes, policy, reason, cause
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::monitor_status[], $5::monitor_status[],
        $6::float8[], $7::float8[], $8::jsonb[], $9::jsonb[], $10::text[], $11::text[])
        AS t (id, monitor_id, workspace_id, from_status, to_status, at, decided_at, votes, policy,
          reason, cause)`,
    values: [
      transitions.map((transition) => transition.id),
      transitions.map((transition) => transition.monitorId),
      transitions.map((transition) => transition.workspaceId),
      transitions.map((transition) => transition.from),
      transitions.map((transition) => transition.to),
      transitions.map((transition) => transition.at),
      transitions.map((transition) => transition.decidedAt),
      transitions.map((transition) => JSON.stringify(transition.votes)),
      transitions.map((transition) => JSON.stringify(transition.policy)),
      transitions.map((transition) => transition.reason),
      transitions.map((transition) => transition.cause),
    ],
  })
}

/** Takes transitions out of force: from `nowMs` on another story is told. */
export async function supersedeTransitions(
  tx: Transaction,
  ids: string[],
  nowMs: number,
): Promise<void> {
  await tx.query(
    `UPDATE transitions SET superseded_at = to_timestamp($2 / 1000.0) WHERE id = ANY ($1::uuid[])`,
    [ids, nowMs],
  )
}

/** One monitor's, if the workspace has it: those in force and those superseded. */
export type TransitionsOf = { workspaceId: string; monitorId: string }

/** A page, newest first, by the index on (monitor_id, at): its cost does not depend on how many there are. */
export async function listTransitions(
  { database }: Deps,
  { workspaceId, monitorId }: TransitionsOf,
  { after, before, isBackward, most }: Page<TransitionPlace>,
): Promise<ShownTransition[]> {
  const direction = isBackward ? 'ASC' : 'DESC'
  const { rows } = await database.pool.query<ShownTransition>(
    `SELECT ${COLUMNS}, ${epochMs('t.superseded_at')} AS "supersededAt"
     FROM transitions t
     WHERE t.monitor_id = $1 AND t.workspace_id = $2 AND ${beyond('<', 3)} AND ${beyond('>', 6)}
     ORDER BY t.at ${direction}, t.decided_at ${direction}, t.id ${direction} LIMIT $9`,
    [monitorId, workspaceId, ...placeValues(after), ...placeValues(before), most],
  )
  return rows
}

export async function countTransitions(
  { database }: Deps,
  { workspaceId, monitorId }: TransitionsOf,
): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM transitions WHERE monitor_id = $1 AND workspace_id = $2`,
    [monitorId, workspaceId],
  )
  return rows[0]?.count ?? 0
}

const COLUMNS = `t.id, t.from_status AS "from", t.to_status AS "to", ${epochMs('t.at')} AS at,
  ${epochMs('t.decided_at')} AS "decidedAt", t.votes, t.policy, t.reason, t.cause`

// A transition never holds from before the one that precedes it, so the index on (monitor_id, at) finds
// the last one decided before the instant, and from there on all later ones.
const READ_TRANSITIONS = `
  SELECT ${COLUMNS}, t.monitor_id AS "monitorId", t.workspace_id AS "workspaceId"
  FROM unnest($1::uuid[], $2::float8[]) AS asked (monitor_id, from_ms)
  LEFT JOIN LATERAL (
    SELECT at FROM transitions
    WHERE monitor_id = asked.monitor_id AND superseded_at IS NULL
      AND decided_at < to_timestamp(asked.from_ms / 1000.0)
    ORDER BY at DESC LIMIT 1
  ) AS before ON true
  JOIN transitions t ON t.monitor_id = asked.monitor_id AND t.superseded_at IS NULL
    AND t.at >= coalesce(before.at, '-infinity')
  ORDER BY t.monitor_id, t.decided_at, t.at, t.id`

// The instant stands apart too: the index is on it, and not on the three together.
function beyond(side: '<' | '>', first: number): string {
  const at = instant(first)
  return `($${first}::float8 IS NULL OR (t.at ${side}= ${at} AND (t.at, t.decided_at, t.id) ${side}
    (${at}, ${instant(first + 1)}, $${first + 2}::uuid)))`
}

function placeValues(place: TransitionPlace | null): unknown[] {
  return [place?.at ?? null, place?.decidedAt ?? null, place?.id ?? null]
}
