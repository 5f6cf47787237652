import type { Transaction } from '../platform/database.ts'
import type { Change } from './change.ts'

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
