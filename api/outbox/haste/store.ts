import type { Transaction } from '../../platform/database.ts'
import type { Queue } from '../lane.ts'
import { isSameReceiver, LEASE_MS, NO_CHANNEL } from '../store.ts'

const LEASE = `${LEASE_MS} * interval '1 ms'`

/** What goes to receivers that are told again and again. */
type Told = Extract<Queue['table'], 'alerts' | 'digests'>

/**
 * Something new is to go where these alerts go, and may have to wait for what waits there. Of that, one alert
 * and one digest are tried now, as the new one would be.
 */
export async function hastenNext(tx: Transaction, alertIds: readonly string[]): Promise<void> {
  await tx.query({
    name: 'hasten-next',
    text: hasten('alerts', 'LIMIT 1'),
    values: [alertIds],
  })
}

/** The receiver of this one has taken it, and so it is there: all that waits for it is tried now. */
export async function hastenAll(tx: Transaction, table: Told, id: string): Promise<void> {
  await tx.query({ name: `hasten-all-${table}`, text: hasten(table, ''), values: [[id]] })
}

/** It was tried before its time: its plan is as it was. */
export async function noteEarlyAttempt(
  tx: Transaction,
  { table }: Queue,
  id: string,
): Promise<void> {
  await tx.query(
    `UPDATE ${table} SET early_attempts = early_attempts + 1, planned_at = NULL WHERE id = $1`,
    [id],
  )
}

// By lines, as the index has them: a mailbox stands in that of all mailboxes, and in those of its contact.
function hasten(table: Told, limit: string): string {
  return `
    WITH goals AS (
      SELECT DISTINCT workspace_id, channel, channel_id, recipient FROM ${table}
      WHERE id = ANY ($1::uuid[])
    ), places AS (
      SELECT g.*, CASE WHEN channel <> 'EMAIL' THEN ARRAY[channel_id]
        ELSE ARRAY[${NO_CHANNEL}] || ARRAY(
          SELECT c.id FROM contacts k JOIN channels c ON c.contact_id = k.id AND c.kind = 'EMAIL'
          WHERE k.workspace_id = g.workspace_id AND k.email = g.recipient) END AS lines
      FROM goals g
    ), hastened AS (
      ${hastenIn('alerts', 'AND q.digest_id IS NULL', limit)}
    )
    ${hastenIn('digests', '', limit)}`
}

// What was tried and is not due within a lease is not under way, and nobody waits for what is being settled. A row
// may have been claimed since this transaction began: now() is for the index, clock_timestamp() decides.
function hastenIn(table: Told, also: string, limit: string): string {
  return `
    UPDATE ${table} w
    SET next_attempt_at = now(), planned_at = coalesce(w.planned_at, w.next_attempt_at)
    FROM places p CROSS JOIN LATERAL (
      SELECT q.id FROM ${table} q
      WHERE q.status = 'PENDING' ${also} AND q.fence > 0
        AND q.workspace_id = p.workspace_id AND coalesce(q.channel_id, ${NO_CHANNEL}) = ANY (p.lines)
        AND ${isSameReceiver('q', 'p')}
        AND q.next_attempt_at > now() + ${LEASE} AND q.next_attempt_at > clock_timestamp() + ${LEASE}
      ORDER BY q.next_attempt_at
      ${limit}
      FOR UPDATE SKIP LOCKED
    ) next
    WHERE w.id = next.id`
}
