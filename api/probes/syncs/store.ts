import type { Sql, Transaction } from '../../platform/database.ts'
import type { Joined, ShardNote } from './shards.ts'

/** A second use of an id within this time is refused; a signature is no longer valid after two thirds of it. */
const MESSAGES_KEPT_MINUTES = 15

/** False where the probe has used this id before. */
export async function insertMessage(
  sql: Sql,
  message: { probeId: string; messageId: string; at: number },
): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'insert-probe-message',
    text: `
      INSERT INTO probe_messages (probe_id, message_id, at) VALUES ($1, $2, to_timestamp($3 / 1000.0))
      ON CONFLICT DO NOTHING`,
    values: [message.probeId, message.messageId, message.at],
  })
  return rowCount === 1
}

export async function deleteOldMessages(sql: Sql, nowMs: number): Promise<void> {
  await sql.query(
    `DELETE FROM probe_messages
     WHERE at < to_timestamp($1 / 1000.0) - interval '${MESSAGES_KEPT_MINUTES} minutes'`,
    [nowMs],
  )
}

/** What the shards of a region last told; none of them tells anything meanwhile. */
export async function lockShards(tx: Transaction, probeId: string): Promise<ShardNote[]> {
  const { rows } = await tx.query<{ shards: ShardNote[] }>({
    name: 'lock-shards',
    text: 'SELECT shards FROM probes WHERE id = $1 FOR NO KEY UPDATE',
    values: [probeId],
  })
  return rows[0]?.shards ?? []
}

/** Notes a sync, and ends the notices that it disproves. */
export async function noteSighting(sql: Sql, sighting: Joined): Promise<void> {
  await sql.query({
    name: 'note-sighting',
    text: `
      WITH seen AS (
        UPDATE probes
        SET last_seen_at = to_timestamp($3 / 1000.0), version = $5,
            silence_check_at = coalesce(silence_check_at, to_timestamp($4 / 1000.0)),
            capabilities = $6::monitor_kind[], observed_colo = $7, clock_offset_ms = $8,
            lag_ms = coalesce($9, lag_ms), accepted_count = accepted_count + $10,
            refused_count = refused_count + $11,
            unhealthy_since = to_timestamp($12 / 1000.0), shards = $13
        WHERE id = $1 AND revoked_at IS NULL
      )
      UPDATE notices SET resolved_at = greatest(to_timestamp($3 / 1000.0), started_at)
      WHERE workspace_id = $2 AND probe_id = $1 AND resolved_at IS NULL
        AND (kind = 'PROBE_SILENT' OR kind = 'REGION_UNHEALTHY' AND $12 IS NULL)`,
    values: [
      sighting.probeId,
      sighting.workspaceId,
      sighting.seenAt,
      sighting.silenceCheckAt,
      sighting.version,
      sighting.capabilities,
      sighting.colo,
      sighting.clockOffsetMs,
      sighting.lagMs,
      sighting.accepted,
      sighting.refused,
      sighting.unhealthySince,
      JSON.stringify(sighting.shards),
    ],
  })
}
