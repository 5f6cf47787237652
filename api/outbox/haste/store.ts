import type { Sql, Transaction } from '../../platform/database.ts'
import type { Queue } from '../lane.ts'
import { isSameReceiver, LEASE_MS } from '../store.ts'

/** So many at a time: whatever is taken brings the next, and a receiver that takes little is not sent all. */
const AT_ONCE = 20

const LEASE = `${LEASE_MS} * interval '1 ms'`

/** What goes to receivers that are told again and again, and what else of it must hold for a row `q` to be tried. */
const told = {
  alerts: 'q.digest_id IS NULL',
  digests: 'true',
  redeliveries: 'true',
  farewells: 'q.digest_id IS NULL',
} satisfies Partial<Record<Queue['table'], string>>

type Told = keyof typeof told

/**
 * Something new is to go where these alerts go, and may have to wait for what waits there. Of that, one of each
 * sort is tried now, as the new one would be.
 */
export async function hastenNext(tx: Transaction, alertIds: readonly string[]): Promise<void> {
  const text = hasten(`${receiversOf('alerts')} AND status = 'PENDING'`, 1)
  await tx.query({ name: 'hasten-next', text, values: [alertIds] })
}

/** The receiver of this one has taken it, and so it is there: what waits for it is tried now. */
export async function hastenMore(tx: Transaction, table: Told, id: string): Promise<void> {
  const text = hasten(receiversOf(table), AT_ONCE)
  await tx.query({ name: `hasten-more-${table}`, text, values: [[id]] })
}

/** The same where a trial has shown that a channel works. */
export async function hastenChannel(sql: Sql, channelId: string): Promise<void> {
  await sql.query(hasten(CHANNELS, AT_ONCE), [[channelId]])
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

/** Its receiver has asked not to be sent it for so long. */
export async function notePause(
  tx: Transaction,
  { table }: Queue,
  id: string,
  pauseMs: number,
): Promise<void> {
  await tx.query(`UPDATE ${table} SET not_before = now() + $2 * interval '1 ms' WHERE id = $1`, [
    id,
    pauseMs,
  ])
}

function receiversOf(table: Told): string {
  return `SELECT DISTINCT workspace_id, channel, channel_id, recipient FROM ${table}
    WHERE id = ANY ($1::uuid[])`
}

const CHANNELS = `
  SELECT c.workspace_id, c.kind AS channel, c.id AS channel_id, k.email AS recipient
  FROM channels c LEFT JOIN contacts k ON k.id = c.contact_id
  WHERE c.id = ANY ($1::uuid[])`

function hasten(receivers: string, most: number): string {
  const tables = Object.keys(told) as Told[]
  return `
    WITH goals AS (${receivers}),
    ${tables.map((table) => `hastened_${table} AS (${hastenIn(table, most)})`).join(', ')}
    SELECT`
}

// What was tried and is not due within a lease is not under way, and nobody waits for what is being settled. A row
// may have been claimed since this transaction began: now() is for the index, clock_timestamp() decides.
function hastenIn(table: Told, most: number): string {
  return `
    UPDATE ${table} w
    SET next_attempt_at = now(), planned_at = w.next_attempt_at
    FROM goals g CROSS JOIN LATERAL (
      SELECT q.id FROM ${table} q
      WHERE q.status = 'PENDING' AND ${told[table]} AND q.fence > 0
        AND q.workspace_id = g.workspace_id AND ${isSameReceiver('q', 'g')}
        AND q.next_attempt_at > now() + ${LEASE} AND q.next_attempt_at > clock_timestamp() + ${LEASE}
        AND (q.not_before IS NULL OR q.not_before <= now())
      ORDER BY q.next_attempt_at
      LIMIT ${most}
      FOR UPDATE SKIP LOCKED
    ) next
    WHERE w.id = next.id`
}
