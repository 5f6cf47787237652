import type { Sql, Transaction } from '../../platform/database.ts'
import type { Queue } from '../lane.ts'
import { isSameReceiver, LEASE_MS } from '../store.ts'

const LEASE = `${LEASE_MS} * interval '1 ms'`

/** What goes to receivers that are told again and again. */
type Told = Extract<Queue['table'], 'alerts' | 'digests'>

/**
 * Something new is to go where these alerts go, and may have to wait for what waits there. Of that, one alert
 * and one digest are tried now, as the new one would be.
 */
export async function hastenNext(tx: Transaction, alertIds: readonly string[]): Promise<void> {
  const text = hasten(receiversOf('alerts'), 'LIMIT 1')
  await tx.query({ name: 'hasten-next', text, values: [alertIds] })
}

/** The receiver of this one has taken it, and so it is there: all that waits for it is tried now. */
export async function hastenAll(tx: Transaction, table: Told, id: string): Promise<void> {
  const text = hasten(receiversOf(table), '')
  await tx.query({ name: `hasten-all-${table}`, text, values: [[id]] })
}

/** The same where a trial has shown that a channel works. */
export async function hastenChannel(sql: Sql, channelId: string): Promise<void> {
  await sql.query(hasten(CHANNELS, ''), [[channelId]])
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

function receiversOf(table: Told): string {
  return `SELECT DISTINCT workspace_id, channel, channel_id, recipient FROM ${table}
    WHERE id = ANY ($1::uuid[])`
}

const CHANNELS = `
  SELECT c.workspace_id, c.kind AS channel, c.id AS channel_id, k.email AS recipient
  FROM channels c LEFT JOIN contacts k ON k.id = c.contact_id
  WHERE c.id = ANY ($1::uuid[])`

function hasten(receivers: string, limit: string): string {
  return `
    WITH goals AS (${receivers}
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
    FROM goals g CROSS JOIN LATERAL (
      SELECT q.id FROM ${table} q
      WHERE q.status = 'PENDING' ${also} AND q.fence > 0
        AND q.workspace_id = g.workspace_id AND ${isSameReceiver('q', 'g')}
        AND q.next_attempt_at > now() + ${LEASE} AND q.next_attempt_at > clock_timestamp() + ${LEASE}
      ORDER BY q.next_attempt_at
      ${limit}
      FOR UPDATE SKIP LOCKED
    ) next
    WHERE w.id = next.id`
}
