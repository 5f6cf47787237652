import type { Settlement } from '../../outbox/delivery.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { AlertPlace } from '../alert.ts'
import type { Digest, DigestEntry } from '../channels/content.ts'
import { joinReader } from '../contacts/store.ts'
import { readEntriesOfFarewells } from '../farewells/release/store.ts'
import { IS_UNATTENDED, JOIN_ENTRY } from '../store.ts'
import { LATENESS } from '../withholding/store.ts'

/** A digest to be sent, and how many of its messages the receiver has taken already. */
export type DigestToSend = Digest & { workspaceId: string; channelId: string | null; done: number }

/** All that its messages are made of and that may change from one attempt to the next. */
type Kept = Pick<Digest, 'timeZone' | 'entries'>

/** As it was kept, else as it is now; null once its workspace is gone. */
export async function readDigest(sql: Sql, digestId: string): Promise<DigestToSend | null> {
  const { rows } = await sql.query<Omit<DigestToSend, 'entries'> & { kept: Kept | null }>({
    name: 'read-digest',
    text: `
      SELECT d.id AS "digestId", d.workspace_id AS "workspaceId", d.channel_id AS "channelId",
        d.recipient, coalesce(k.time_zone, 'UTC') AS "timeZone", ${epochMs('d.created_at')} AS at,
        d.content AS kept, (SELECT count(*)::int FROM delivery_attempts l
         WHERE l.digest_id = d.id AND l.outcome = 'ACCEPTED') AS done
      FROM digests d
      ${joinReader('d')}
      WHERE d.id = $1`,
    values: [digestId],
  })
  const [row] = rows
  if (!row) return null
  const { kept, ...digest } = row
  return { ...digest, ...(kept ?? { entries: await readEntries(sql, digestId) }) }
}

/** Alerts of monitors that are there, and after them what is left of others. */
async function readEntries(sql: Sql, digestId: string): Promise<DigestEntry[]> {
  const alerts = await readEntriesOfAlerts(sql, digestId)
  return [...alerts, ...(await readEntriesOfFarewells(sql, digestId))]
}

/**
 * Keeps what a digest tells, so that its messages are the same at every attempt, each under its own key. Of two
 * who do, both go by what the first has kept.
 */
export async function keepContent(sql: Sql, digest: DigestToSend): Promise<DigestToSend> {
  const { digestId, timeZone, entries } = digest
  const { rows } = await sql.query<{ kept: Kept }>(
    'UPDATE digests SET content = coalesce(content, $2) WHERE id = $1 RETURNING content AS kept',
    [digestId, JSON.stringify({ timeZone, entries } satisfies Kept)],
  )
  return { ...digest, ...rows[0]?.kept }
}

/** Its attempts are over: the alerts know what was told. */
export async function forgetContent(tx: Transaction, digestId: string): Promise<void> {
  await tx.query('UPDATE digests SET content = NULL WHERE id = $1 AND content IS NOT NULL', [
    digestId,
  ])
}

/** Waits for whoever is deleting a monitor of it: they go by what was told before, and nothing tells of it after. */
async function readEntriesOfAlerts(sql: Sql, digestId: string): Promise<DigestEntry[]> {
  const { rows } = await sql.query<DigestEntry>({
    name: 'read-digest-entries',
    text: `
      SELECT a.id AS "alertId", a.type, i.kind AS "incidentKind", m.name AS "monitorName", said.entry,
        ${epochMs('i.started_at')} AS "startedAt", ${epochMs('i.resolved_at')} AS "resolvedAt",
        ${epochMs('m.certificate_expires_at')} AS "certificateExpiresAt",
        ${epochMs('a.created_at')} AS "decidedAt",
        i.retracted_at IS NOT NULL AS "isRetracted", ${IS_UNATTENDED} AS "isUnattended", ${LATENESS} AS lateness
      FROM alerts a JOIN incidents i ON i.id = a.incident_id JOIN monitors m ON m.id = a.monitor_id
      ${JOIN_ENTRY}
      WHERE a.digest_id = $1 AND a.status = 'PENDING'
      ORDER BY a.position
      FOR KEY SHARE OF a`,
    values: [digestId],
  })
  return rows
}

export type DigestPlace = { workspaceId: string; channelId: string | null }

/** Null once its workspace is gone. */
export async function readDigestPlace(sql: Sql, digestId: string): Promise<DigestPlace | null> {
  const { rows } = await sql.query<DigestPlace>({
    name: 'read-digest-place',
    text: `SELECT workspace_id AS "workspaceId", channel_id AS "channelId" FROM digests WHERE id = $1`,
    values: [digestId],
  })
  return rows[0] ?? null
}

/** What is told in a digest becomes what the digest became; locked in the order of who deletes a monitor of it. */
export async function settleAlertsOf(
  tx: Transaction,
  digestId: string,
  settlement: Settlement,
): Promise<AlertPlace[]> {
  const { rows } = await tx.query<AlertPlace>({
    name: 'settle-alerts-of-digest',
    text: `
      WITH waiting AS (
        SELECT id FROM alerts WHERE digest_id = $1 AND status = 'PENDING'
        ORDER BY position FOR NO KEY UPDATE
      ), settled AS (
        UPDATE alerts a SET status = $2::delivery_status, error = $3, attempts = a.attempts + 1,
          sent_at = CASE WHEN $2 = 'SENT' THEN now() END
        FROM waiting WHERE a.id = waiting.id
        RETURNING a.id, a.workspace_id, a.monitor_id, a.position
      )
      SELECT id AS "alertId", workspace_id AS "workspaceId", monitor_id AS "monitorId"
      FROM settled ORDER BY position`,
    values: [digestId, settlement.status, settlement.status === 'SENT' ? null : settlement.error],
  })
  return rows
}
