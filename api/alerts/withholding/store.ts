import type { AlertType } from '../../../generated/prisma/enums.ts'
import { WORK_ON_MONITOR } from '../../maintenance/spans/store.ts'
import { PARENTS_OF_MONITOR } from '../../monitors/dependencies/store.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Quiet } from '../contacts/quiet-hours.ts'
import { QUIET } from '../contacts/store.ts'
import type { Condition, Gate, PassingReason } from './withholding.ts'

/** How late an alert `a` went out; null where it went out at once. */
export const LATENESS = `CASE WHEN a.released_at IS NOT NULL THEN json_build_object(
  'reason', a.withheld_reason, 'forMs', ${epochMs('a.released_at - a.created_at')}) END`

/** What may keep back the alerts of these monitors; those of which nothing is known are absent. */
export async function readConditions(
  sql: Sql,
  monitorIds: string[],
): Promise<Map<string, Condition>> {
  if (monitorIds.length === 0) return new Map()
  const { rows } = await sql.query<{ monitorId: string } & Condition>({
    name: 'read-alert-conditions',
    text: `
      SELECT m.id AS "monitorId", ${epochMs('work.ends_at')} AS "maintenanceUntil",
        coalesce(parents.is_down, false) AS "isParentDown", ${epochMs('parents.up_at')} AS "parentUpAt",
        ${epochMs('parents.awaited_since')} AS "parentsAwaitedSince"
      FROM monitors m
      CROSS JOIN LATERAL (${WORK_ON_MONITOR}) work
      CROSS JOIN LATERAL (${PARENTS_OF_MONITOR}) parents
      WHERE m.id = ANY ($1::uuid[])
        AND (work.ends_at IS NOT NULL OR parents.is_down IS NOT NULL)`,
    values: [monitorIds],
  })
  return new Map(rows.map(({ monitorId, ...condition }) => [monitorId, condition]))
}

/** A withheld alert that is to be looked at again. */
export type Withheld = {
  alertId: string
  workspaceId: string
  monitorId: string
  incidentId: string
  recipient: string
  type: AlertType
  reason: PassingReason
  /** Since when it is withheld. */
  decidedAt: number
  isOver: boolean
  isOutage: boolean
  quiet: Quiet | null
}

/**
 * Those that are due, longest due first, and the database's time; several processes get different ones. Their
 * incidents stay as they are meanwhile: one that ends now must find the alert withheld or on its way.
 */
export async function lockWithheld(
  tx: Transaction,
  most: number,
): Promise<{ due: Withheld[]; nowMs: number }> {
  const { rows } = await tx.query<Withheld & { nowMs: number }>({
    name: 'lock-withheld',
    text: `
      SELECT a.id AS "alertId", a.workspace_id AS "workspaceId", a.monitor_id AS "monitorId",
        a.incident_id AS "incidentId", a.recipient, a.type, a.withheld_reason AS reason,
        ${epochMs('a.created_at')} AS "decidedAt",
        i.resolved_at IS NOT NULL OR i.retracted_at IS NOT NULL
          OR a.round > 0 AND i.status = 'ACKNOWLEDGED' AS "isOver",
        i.kind = 'DOWN' AS "isOutage",
        ${QUIET} AS quiet, ${epochMs('now()')} AS "nowMs"
      FROM alerts a
      JOIN incidents i ON i.id = a.incident_id
      LEFT JOIN channels c ON c.id = a.channel_id
      LEFT JOIN contacts k ON k.id = c.contact_id
      WHERE a.review_at <= now() AND a.status = 'WITHHELD'
      ORDER BY a.review_at, a.position
      LIMIT $1
      FOR UPDATE OF a SKIP LOCKED FOR SHARE OF i SKIP LOCKED`,
    values: [most],
  })
  return {
    due: rows.map(({ nowMs: _, ...withheld }) => withheld),
    nowMs: rows[0]?.nowMs ?? 0,
  }
}

/**
 * What is let go keeps the reason why it was late, and takes its place behind all that goes out already: an
 * alert, and a digest with others of its monitor, would wait for each other if it went before these.
 */
export async function saveGates(
  tx: Transaction,
  gates: readonly { alertId: string; gate: Gate }[],
): Promise<void> {
  if (gates.length === 0) return
  await tx.query({
    name: 'save-gates',
    text: `
      WITH gates AS (
        SELECT id, g.reason, g.review_at, a.position
        FROM unnest($1::uuid[], $2::withheld_reason[], $3::float8[]) AS g (id, reason, review_at)
        JOIN alerts a USING (id)
      ), places AS (
        SELECT id, nextval('alerts_position_seq') AS position
        FROM (SELECT id FROM gates WHERE reason IS NULL ORDER BY position) let_go
      )
      UPDATE alerts a
      SET status = CASE WHEN g.reason IS NULL THEN 'PENDING' ELSE 'WITHHELD' END::delivery_status,
          position = coalesce(p.position, a.position),
          withheld_reason = coalesce(g.reason, a.withheld_reason),
          review_at = to_timestamp(g.review_at / 1000.0),
          released_at = CASE WHEN g.reason IS NULL THEN now() END,
          next_attempt_at = now()
      FROM gates g LEFT JOIN places p USING (id)
      WHERE a.id = g.id`,
    values: [
      gates.map(({ alertId }) => alertId),
      gates.map(({ gate }) => (gate.isOpen ? null : gate.reason)),
      gates.map(({ gate }) => (gate.isOpen ? null : gate.reviewAt)),
    ],
  })
}

/**
 * The work on these monitors is other than it was: what is kept back for it is looked at again at once. What
 * somebody else holds is passed over: who deletes a monitor holds its alerts, and waits for who has the monitor.
 */
export async function hastenReviews(
  tx: Transaction,
  workspaceId: string,
  monitorIds: string[],
): Promise<void> {
  await tx.query(hasten('alerts', 'MAINTENANCE', 'monitor_id = ANY ($2::uuid[])'), [
    workspaceId,
    monitorIds,
  ])
}

/** As `hastenReviews`, of alerts and farewells, for a contact whose quiet hours are other than they were. */
export async function hastenReviewsOfContact(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<void> {
  const isTheirs =
    'channel_id IN (SELECT id FROM channels WHERE contact_id = $2 AND workspace_id = $1)'
  for (const table of ['alerts', 'farewells'] as const) {
    await tx.query(hasten(table, 'QUIET_HOURS', isTheirs), [workspaceId, id])
  }
}

function hasten(table: 'alerts' | 'farewells', reason: PassingReason, which: string): string {
  return `
    UPDATE ${table} SET review_at = now() WHERE id IN (
      SELECT id FROM ${table}
      WHERE workspace_id = $1 AND status = 'WITHHELD' AND withheld_reason = '${reason}'
        AND review_at > now() AND ${which}
      FOR UPDATE SKIP LOCKED)`
}
