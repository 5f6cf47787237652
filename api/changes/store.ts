import type { Sql, Transaction } from '../platform/database.ts'
import { epochMs, instant } from '../platform/sql.ts'
import type { Change, StoredChange } from './change.ts'
import type { Bounds } from './cursor.ts'

/**
 * Gives changes the next positions of their workspaces, in the order in which they stand. Whoever commits
 * first comes first: from here to its end the transaction holds the workspaces' counts, taken in order.
 */
export async function appendChanges(tx: Transaction, changes: Change[]): Promise<void> {
  await tx.query({
    name: 'append-changes',
    text: `
      WITH given AS (
        SELECT *, row_number() OVER (PARTITION BY workspace_id ORDER BY place) AS number
        FROM unnest($1::uuid[], $2::change_kind[], $3::change_action[], $4::uuid[], $5::uuid[],
                    $6::boolean[])
          WITH ORDINALITY AS g (workspace_id, kind, action, node_id, monitor_id, has_new_status,
                                place)
      ), counted AS (
        INSERT INTO change_counts AS c (workspace_id, position)
        SELECT workspace_id, count(*) FROM given GROUP BY workspace_id ORDER BY workspace_id
        ON CONFLICT (workspace_id) DO UPDATE SET position = c.position + excluded.position
        RETURNING workspace_id, position
      )
      INSERT INTO changes
        (workspace_id, position, at, kind, action, node_id, monitor_id, has_new_status)
      SELECT workspace_id,
        counted.position - count(*) OVER (PARTITION BY workspace_id) + given.number,
        clock_timestamp(), kind, action, node_id, monitor_id, has_new_status
      FROM given JOIN counted USING (workspace_id)`,
    values: [
      changes.map((change) => change.workspaceId),
      changes.map((change) => change.kind),
      changes.map((change) => change.action),
      changes.map((change) => change.nodeId),
      changes.map((change) => change.monitorId),
      changes.map((change) => change.hasNewStatus),
    ],
  })
}

/** Waits for whoever counts changes of these workspaces, and holds them to the end, as whoever counts some does. */
export async function holdCounts(tx: Transaction, workspaceIds: string[]): Promise<void> {
  await tx.query(
    `SELECT FROM change_counts WHERE workspace_id = ANY ($1::uuid[])
     ORDER BY workspace_id FOR NO KEY UPDATE`,
    [workspaceIds],
  )
}

/** A workspace's changes from one position to another, both included, as far as they are kept. */
export async function readChanges(
  sql: Sql,
  workspaceId: string,
  { from, to }: { from: number; to: number },
): Promise<StoredChange[]> {
  const { rows } = await sql.query<StoredChange>({
    name: 'read-changes',
    text: `
      SELECT workspace_id AS "workspaceId", position::float8 AS position, ${epochMs('at')} AS at, kind,
        action, node_id AS "nodeId", monitor_id AS "monitorId", has_new_status AS "hasNewStatus"
      FROM changes WHERE workspace_id = $1 AND position BETWEEN $2::bigint AND $3::bigint
      ORDER BY position`,
    values: [workspaceId, from, to],
  })
  return rows
}

/** In one statement, so that what is said to be kept was so at one instant. */
export async function readBounds(sql: Sql, workspaceId: string): Promise<Bounds> {
  const { rows } = await sql.query<Bounds>({
    name: 'read-bounds',
    text: `
      SELECT position::float8 AS last, coalesce(
        (SELECT min(position) FROM changes WHERE workspace_id = $1), position + 1)::float8 AS oldest
      FROM change_counts WHERE workspace_id = $1`,
    values: [workspaceId],
  })
  return rows[0] ?? { oldest: 1, last: 0 }
}

/** Of the last change that is older than so long; where there is none, of the one before the oldest. */
export async function readPositionBefore(
  sql: Sql,
  workspaceId: string,
  agoMs: number,
): Promise<number> {
  const { rows } = await sql.query<{ position: number }>({
    name: 'read-position-before',
    text: `
      SELECT position::float8 AS position FROM changes
      WHERE workspace_id = $1 AND at < clock_timestamp() - $2 * interval '1 ms'
      ORDER BY position DESC LIMIT 1`,
    values: [workspaceId, agoMs],
  })
  return rows[0]?.position ?? (await readBounds(sql, workspaceId)).oldest - 1
}

/** The position of each workspace's last change; those without any are left out. */
export async function readLastPositions(
  sql: Sql,
  workspaceIds: string[],
): Promise<{ workspaceId: string; last: number }[]> {
  const { rows } = await sql.query<{ workspaceId: string; last: number }>({
    name: 'read-last-positions',
    text: `
      SELECT workspace_id AS "workspaceId", position::float8 AS last
      FROM change_counts WHERE workspace_id = ANY ($1::uuid[])`,
    values: [workspaceIds],
  })
  return rows
}

/** Deletes up to `most` changes older than an instant, and all that precede them; how many there were. */
export async function deleteChangesBefore(
  sql: Sql,
  instantMs: number,
  most: number,
): Promise<number> {
  // By position within a workspace: what is left never has a gap, even where a clock was set back.
  const { rowCount } = await sql.query(
    `WITH old AS (
       SELECT workspace_id, position FROM changes WHERE at < ${instant(1)} ORDER BY at LIMIT $2
     ), ended AS (
       SELECT workspace_id, max(position) AS position FROM old GROUP BY workspace_id
     )
     DELETE FROM changes c USING ended e
     WHERE c.workspace_id = e.workspace_id AND c.position <= e.position`,
    [instantMs, most],
  )
  return rowCount ?? 0
}
