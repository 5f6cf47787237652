import type { Sql, Transaction } from '../platform/database.ts'
import type { Settlement } from './delivery.ts'
import type { Queue } from './lane.ts'

/** How long a claimed row is left alone; whoever has not settled it by then has lost it. */
export const LEASE_MS = 30_000

/** A row that this process may send until its lease ends. Every claim raises the fence. */
export type Claim = { id: string; fence: string; attempts: number }

/** What else must hold before a row may go out, besides being due. */
const turnOf = {
  // In order to each recipient: an alert waits for those that tell of the same monitor before it.
  alerts: `q.channel = $2::alert_channel AND q.digest_id IS NULL AND NOT EXISTS (
    SELECT FROM alerts earlier
    WHERE earlier.monitor_id = q.monitor_id AND earlier.channel = q.channel
      AND earlier.recipient = q.recipient AND earlier.status = 'PENDING'
      AND earlier.channel_id IS NOT DISTINCT FROM q.channel_id AND earlier.position < q.position)`,
  account_mails: '$2::text IS NULL',
} satisfies Record<Queue['table'], string>

/** Claims up to `most` due rows, longest due first. SKIP LOCKED: two dispatchers get disjoint rows. */
export async function claimDue(sql: Sql, queue: Queue, most: number): Promise<Claim[]> {
  const { rows } = await sql.query<Claim>({
    name: `claim-due-${queue.table}`,
    text: `
      WITH due AS (
        SELECT id FROM ${queue.table} q
        WHERE q.status = 'PENDING' AND q.next_attempt_at <= now() AND ${turnOf[queue.table]}
        ORDER BY q.next_attempt_at
        LIMIT $1
        FOR UPDATE SKIP LOCKED
      )
      UPDATE ${queue.table} q
      SET fence = q.fence + 1, attempts = q.attempts + 1,
          next_attempt_at = now() + ${LEASE_MS} * interval '1 ms'
      FROM due
      WHERE q.id = due.id
      RETURNING q.id, q.fence, q.attempts`,
    values: [most, queue.channel],
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
