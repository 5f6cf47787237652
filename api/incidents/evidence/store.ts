import type { MonitorTargetRow } from '../../monitors/monitor.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { LEASE_MS, type Taken, type Turn } from './evidence.ts'

const MOST_PER_MINUTE = 10
const MOST_WAITING = 100

type IncidentPlace = { incidentId: string; workspaceId: string; monitorId: string }

/** Evidence that this process may take until its lease ends; the number of attempts is its fence. */
export type ClaimedEvidence = Turn & IncidentPlace & { monitor: MonitorTargetRow }

/**
 * Asks for evidence of the DOWN incidents among these whose monitors speak HTTP: for the first ten of a
 * workspace in a minute while fewer than a hundred wait, so that a storm has an end; the others say so.
 * Those who decide at the same moment count alike, and let some more in: a lock would hold up deciding for a picture.
 */
export async function wantEvidence(tx: Transaction, incidentIds: string[]): Promise<void> {
  if (incidentIds.length === 0) return
  await tx.query({
    name: 'want-evidence',
    text: `
      WITH opened AS (
        SELECT i.id, i.workspace_id,
          row_number() OVER (PARTITION BY i.workspace_id ORDER BY i.started_at, i.id) AS place,
          row_number() OVER (ORDER BY i.started_at, i.id) AS place_of_all
        FROM incidents i JOIN monitors m ON m.id = i.monitor_id
        WHERE i.id = ANY ($1::uuid[]) AND i.kind = 'DOWN' AND i.resolved_at IS NULL
          AND m.kind = 'HTTP'
      ), recent AS (
        SELECT w.workspace_id, (SELECT count(*) FROM (
            SELECT FROM evidence e
            WHERE e.workspace_id = w.workspace_id AND e.created_at > now() - interval '1 minute'
              AND (e.due_at IS NOT NULL OR e.attempts > 0)
            LIMIT ${MOST_PER_MINUTE}) AS few) AS wanted
        FROM (SELECT DISTINCT workspace_id FROM opened) w
      ), waiting AS (
        SELECT count(*) AS rows FROM (
          SELECT FROM evidence WHERE due_at IS NOT NULL LIMIT ${MOST_WAITING}) AS few
      ), judged AS (
        SELECT o.id, o.workspace_id, CASE
            WHEN o.place + recent.wanted > ${MOST_PER_MINUTE}
              THEN 'More than ${MOST_PER_MINUTE} incidents opened within a minute'
            WHEN o.place_of_all + waiting.rows > ${MOST_WAITING}
              THEN 'Too many others were waiting for theirs'
          END AS problem
        FROM opened o JOIN recent USING (workspace_id), waiting
      )
      INSERT INTO evidence (incident_id, workspace_id, due_at, problem)
      SELECT id, workspace_id, CASE WHEN problem IS NULL THEN now() END, problem FROM judged
      ON CONFLICT (incident_id) DO NOTHING`,
    values: [incidentIds],
  })
}

type ClaimedRow = Turn & MonitorTargetRow & IncidentPlace

/** Takes the longest due; null where none is. SKIP LOCKED: two that ask at once get different ones. */
export async function claimEvidence(sql: Sql): Promise<ClaimedEvidence | null> {
  const { rows } = await sql.query<ClaimedRow>({
    name: 'claim-evidence',
    text: `
      WITH due AS (
        SELECT incident_id FROM evidence WHERE due_at <= now()
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      UPDATE evidence e
      SET attempts = e.attempts + 1, due_at = now() + ${LEASE_MS} * interval '1 ms'
      FROM due, incidents i, monitors m
      WHERE e.incident_id = due.incident_id AND i.id = e.incident_id AND m.id = i.monitor_id
      RETURNING e.incident_id AS "incidentId", e.workspace_id AS "workspaceId",
        i.monitor_id AS "monitorId", e.attempts,
        (extract(epoch FROM now() - e.created_at) * 1000)::float8 AS "waitedMs",
        i.resolved_at IS NOT NULL OR i.retracted_at IS NOT NULL AS "isOver", m.regions,
        m.id, m.kind, m.target, m.timeout_ms AS "timeoutMs", m.expectations, m.secrets, m.assertions`,
  })
  const [row] = rows
  return row ? { ...row, monitor: row } : null
}

/** Gives back what was claimed and not taken, so that a successor need not wait for the lease. */
export async function releaseEvidence(
  sql: Sql,
  { incidentId, attempts }: Pick<ClaimedEvidence, 'incidentId' | 'attempts'>,
): Promise<void> {
  await sql.query(
    `UPDATE evidence SET due_at = now(), attempts = attempts - 1
     WHERE incident_id = $1 AND attempts = $2 AND due_at IS NOT NULL`,
    [incidentId, attempts],
  )
}

/**
 * False where somebody else has claimed it since, or it is settled. The incident is locked before what belongs to it,
 * as by who deletes it.
 */
export async function settleEvidence(
  tx: Transaction,
  {
    incidentId,
    workspaceId,
    attempts,
  }: Pick<ClaimedEvidence, 'incidentId' | 'workspaceId' | 'attempts'>,
  { response, picture, problem }: Taken,
): Promise<boolean> {
  await tx.query('SELECT FROM incidents WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE', [
    incidentId,
    workspaceId,
  ])
  const { rowCount } = await tx.query(
    `WITH settled AS (
       UPDATE evidence
       SET due_at = NULL, taken_at = CASE WHEN $3::int IS NOT NULL THEN now() END,
         http_status = $3, headers = $4::jsonb, body = $5, body_bytes = $6,
         media_name = $7, problem = $9, is_as_expected = $10
       WHERE incident_id = $1 AND attempts = $2 AND due_at IS NOT NULL
       RETURNING incident_id
     )
     UPDATE incidents SET screenshot_url = $8 FROM settled WHERE id = settled.incident_id`,
    [
      incidentId,
      attempts,
      response?.status ?? null,
      response && JSON.stringify(response.headers),
      response?.body ?? null,
      response?.bodyBytes ?? null,
      picture?.name ?? null,
      picture?.url ?? null,
      problem,
      response?.isAsExpected ?? null,
    ],
  )
  return rowCount === 1
}

/** Deletes up to `most` of what is older than it is kept; the incidents that it was of, which nobody is about to delete. */
export async function deleteExpired(
  tx: Transaction,
  keptDays: number,
  most: number,
): Promise<IncidentPlace[]> {
  const { rows } = await tx.query<IncidentPlace>(
    `WITH expired AS (
       SELECT i.id FROM evidence e JOIN incidents i ON i.id = e.incident_id
       WHERE e.created_at < now() - $1 * interval '1 day' AND e.due_at IS NULL
       ORDER BY e.created_at LIMIT $2 FOR NO KEY UPDATE OF i SKIP LOCKED
     ), deleted AS (
       DELETE FROM evidence WHERE incident_id IN (SELECT id FROM expired)
     )
     UPDATE incidents i SET screenshot_url = NULL FROM expired WHERE i.id = expired.id
     RETURNING i.id AS "incidentId", i.workspace_id AS "workspaceId", i.monitor_id AS "monitorId"`,
    [keptDays, most],
  )
  return rows
}
