import type { Sql, Transaction } from '../platform/database.ts'
import type { Settlement } from './delivery.ts'
import type { Queue } from './lane.ts'

/** How long a claimed row is left alone; whoever has not settled it by then has lost it. */
export const LEASE_MS = 30_000

/** How many rows are looked at for those whose receivers have a hand free. */
const LOOK_MOST = 200

/** A row that this process may send until its lease ends. Every claim raises the fence. */
export type Claim = {
  id: string
  fence: string
  attempts: number
  /** Whose turn it was: what has one of these in common shares a bounded number of hands. */
  receiver: string
  workspace: string
}

/** Who takes part in the sharing: a channel, and all that a workspace sends. A mailbox shares with nobody. */
const sharing = {
  alerts: { receiver: 'coalesce(q.channel_id, q.id)', workspace: 'q.workspace_id' },
  digests: { receiver: 'coalesce(q.channel_id, q.id)', workspace: 'q.workspace_id' },
  account_mails: { receiver: 'q.id', workspace: 'q.id' },
} satisfies Record<Queue['table'], { receiver: string; workspace: string }>

/** In order to each recipient: an alert `q` waits for those that tell of the same monitor before it. */
export const ALERT_TURN = `q.digest_id IS NULL AND NOT EXISTS (
    SELECT FROM alerts earlier
    WHERE earlier.monitor_id = q.monitor_id AND earlier.channel = q.channel
      AND earlier.recipient = q.recipient AND earlier.status = 'PENDING'
      AND earlier.channel_id IS NOT DISTINCT FROM q.channel_id AND earlier.position < q.position)`

/**
 * A digest `q` waits for the one before it, and for what the first alert of each of its monitors would wait
 * for: what came in between waits for the digest, and two must not wait for each other.
 */
export const DIGEST_TURN = `NOT EXISTS (
    SELECT FROM digests earlier
    WHERE earlier.workspace_id = q.workspace_id AND earlier.channel = q.channel
      AND earlier.recipient = q.recipient AND earlier.status = 'PENDING'
      AND earlier.channel_id IS NOT DISTINCT FROM q.channel_id AND earlier.id < q.id)
  AND NOT EXISTS (
    SELECT FROM (
      SELECT monitor_id, min(position) AS position FROM alerts
      WHERE digest_id = q.id AND status = 'PENDING' GROUP BY monitor_id
    ) first JOIN alerts earlier ON earlier.monitor_id = first.monitor_id
      AND earlier.channel = q.channel AND earlier.recipient = q.recipient
      AND earlier.channel_id IS NOT DISTINCT FROM q.channel_id AND earlier.position < first.position
      AND earlier.status = 'PENDING' AND earlier.digest_id IS NULL)`

/** What else must hold before a row may go out, besides being due. */
const turnOf = {
  alerts: `q.channel = $2::alert_channel AND ${ALERT_TURN}`,
  digests: `q.channel = $2::alert_channel AND ${DIGEST_TURN}`,
  account_mails: '$2::text IS NULL',
} satisfies Record<Queue['table'], string>

/** How many rows, and whose are left out because enough of theirs is under way. */
export type Wish = { most: number; perWorkspace: number; busy: string[] }

/**
 * Claims due rows, longest due first: one of each receiver. SKIP LOCKED: two dispatchers get disjoint rows.
 */
export async function claimDue(
  sql: Sql,
  queue: Queue,
  { most, perWorkspace, busy }: Wish,
): Promise<Claim[]> {
  const { receiver, workspace } = sharing[queue.table]
  const { rows } = await sql.query<Claim>({
    name: `claim-due-${queue.table}`,
    text: `
      WITH ready AS (
        SELECT q.id, q.next_attempt_at, ${receiver} AS receiver, ${workspace} AS workspace
        FROM ${queue.table} q
        WHERE q.status = 'PENDING' AND q.next_attempt_at <= now() AND ${turnOf[queue.table]}
          AND ${receiver} <> ALL ($4::uuid[]) AND ${workspace} <> ALL ($4::uuid[])
        ORDER BY q.next_attempt_at
        LIMIT ${LOOK_MOST}
      ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY receiver ORDER BY next_attempt_at, id) AS place,
          row_number() OVER (PARTITION BY workspace ORDER BY next_attempt_at, id) AS place_at_home
        FROM ready
      ), due AS (
        SELECT q.id, p.receiver, p.workspace FROM ${queue.table} q JOIN placed p USING (id)
        WHERE p.place = 1 AND p.place_at_home <= $3
          AND q.status = 'PENDING' AND q.next_attempt_at <= now()
        ORDER BY p.next_attempt_at
        LIMIT $1
        FOR UPDATE OF q SKIP LOCKED
      )
      UPDATE ${queue.table} q
      SET fence = q.fence + 1, attempts = q.attempts + 1,
          next_attempt_at = now() + ${LEASE_MS} * interval '1 ms'
      FROM due
      WHERE q.id = due.id
      RETURNING q.id, q.fence, q.attempts, due.receiver, due.workspace`,
    values: [most, queue.channel, perWorkspace, busy],
  })
  return rows
}

/** False if the row has been claimed anew since: a stale owner's word changes nothing. */
export async function settleClaim(
  tx: Transaction,
  { table }: Queue,
  claim: Claim,
  settlement: Settlement,
): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: `settle-${table}`,
    text: `
      UPDATE ${table}
      SET status = $3::delivery_status, error = $4,
          sent_at = CASE WHEN $3 = 'SENT' THEN now() END,
          next_attempt_at = now() + $5 * interval '1 ms'
      WHERE id = $1 AND fence = $2 AND status = 'PENDING'`,
    values: [
      claim.id,
      claim.fence,
      settlement.status,
      settlement.status === 'SENT' ? null : settlement.error,
      settlement.status === 'PENDING' ? settlement.retryInMs : 0,
    ],
  })
  return rowCount === 1
}

/** Gives back rows that were claimed and never sent, as if they had not been claimed. */
export async function releaseClaims(sql: Sql, { table }: Queue, claims: Claim[]): Promise<void> {
  if (claims.length === 0) return
  await sql.query(
    `UPDATE ${table} q
     SET attempts = q.attempts - 1, next_attempt_at = now()
     FROM unnest($1::uuid[], $2::bigint[]) AS c (id, fence)
     WHERE q.id = c.id AND q.fence = c.fence AND q.status = 'PENDING'`,
    [claims.map((claim) => claim.id), claims.map((claim) => claim.fence)],
  )
}
