import type { Sql, Transaction } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import type { Settlement } from './delivery.ts'
import type { Queue } from './lane.ts'

/** How long a claimed row is left alone; whoever has not settled it by then has lost it. */
export const LEASE_MS = 30_000

/** A row that this process may send until its lease ends. Every claim raises the fence, and what settles it too. */
export type Claim = {
  id: string
  fence: string
  /** Those that its plan asked for, and this one. */
  attempts: number
  /** In how long its plan has it tried, where it is tried before that; null where it is tried by its plan. */
  plannedInMs: number | null
  /** Whose turn it was: what has one of these in common shares a bounded number of hands. */
  receiver: string
  workspace: string
}

/** Stands for the channel where there is none. */
export const NO_CHANNEL = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Whether two rows of an outbox go to the same place. A mailbox is the same whether or not it is a contact's. */
export function isSameReceiver(one: string, other: string): string {
  return `(${one}.channel = ${other}.channel AND CASE WHEN ${one}.channel = 'EMAIL'
    THEN ${one}.recipient = ${other}.recipient ELSE ${one}.channel_id = ${other}.channel_id END)`
}

/** In order to each recipient: an alert `q` waits for those that tell of the same monitor before it. */
export const ALERT_TURN = `q.digest_id IS NULL AND NOT EXISTS (
    SELECT FROM alerts earlier
    WHERE earlier.monitor_id = q.monitor_id AND ${isSameReceiver('earlier', 'q')}
      AND earlier.status = 'PENDING' AND earlier.position < q.position)`

/**
 * A digest `q` waits for the one before it, and for what the first alert of each of its monitors would wait
 * for: what came in between waits for the digest, and two must not wait for each other.
 */
export const DIGEST_TURN = `${isAfterDigests('earlier.position < q.position')}
  AND NOT EXISTS (
    SELECT FROM (
      SELECT monitor_id, min(position) AS position FROM alerts
      WHERE digest_id = q.id AND status = 'PENDING' GROUP BY monitor_id
    ) first JOIN alerts earlier ON earlier.monitor_id = first.monitor_id
      AND ${isSameReceiver('earlier', 'q')} AND earlier.position < first.position
      AND earlier.status = 'PENDING' AND earlier.digest_id IS NULL)`

/** A farewell `q` waits for the digests before it: one of several messages may still tell of what is over. */
export const FAREWELL_TURN = isAfterDigests('earlier.created_at < q.released_at')

function isAfterDigests(isEarlier: string): string {
  return `NOT EXISTS (
    SELECT FROM digests earlier
    WHERE earlier.workspace_id = q.workspace_id AND ${isSameReceiver('earlier', 'q')}
      AND earlier.status = 'PENDING' AND ${isEarlier})`
}

/** How the rows of a table stand in line: those of a channel in one, and in one all mailboxes of a workspace. */
const byChannel = {
  workspace: 'q.workspace_id',
  line: `coalesce(q.channel_id, ${NO_CHANNEL})`,
  receiver: 'coalesce(q.channel_id, q.id)',
}

/** Each by itself. */
const alone = { workspace: 'q.id', line: NO_CHANNEL, receiver: 'q.id' }

const WAITS = `q.status = 'PENDING'`
const OF_KIND = `q.channel = $2::alert_channel`
const OF_ANY_KIND = '$2::text IS NULL'

/** By its plan or before it. */
const PLANNED = `q.attempts - q.early_attempts AS attempts,
  CASE WHEN q.planned_at > now() THEN ${epochMs('q.planned_at - now()')} END AS "plannedInMs"`
const BY_PLAN = 'q.attempts, NULL AS "plannedInMs"'

/** What waits in a table, and what else must hold before a row may go out, besides being due. */
const tables = {
  alerts: {
    ...byChannel,
    waiting: `${WAITS} AND q.digest_id IS NULL AND ${OF_KIND}`,
    turn: ALERT_TURN,
    plan: PLANNED,
  },
  digests: {
    ...byChannel,
    waiting: `${WAITS} AND ${OF_KIND}`,
    turn: DIGEST_TURN,
    plan: PLANNED,
  },
  redeliveries: {
    ...byChannel,
    waiting: `${WAITS} AND ${OF_ANY_KIND}`,
    turn: 'true',
    plan: PLANNED,
  },
  farewells: {
    ...byChannel,
    waiting: `${WAITS} AND q.digest_id IS NULL AND ${OF_ANY_KIND}`,
    turn: FAREWELL_TURN,
    plan: PLANNED,
  },
  account_mails: {
    ...alone,
    waiting: `${WAITS} AND ${OF_ANY_KIND}`,
    turn: 'true',
    plan: BY_PLAN,
  },
} satisfies Record<Queue['table'], Record<string, string>>

/** How many rows, and for whom how many sends may be under way; `held` names receiver and workspace of each that is. */
export type Wish = { most: number; perReceiver: number; perWorkspace: number; held: string[] }

/**
 * Claims due rows, those of the workspaces first that have the fewest sends under way: one of each receiver.
 * It steps from line to line by the index, so that however many rows one has in line, the others' are found.
 * SKIP LOCKED: two dispatchers get disjoint rows.
 */
export async function claimDue(sql: Sql, queue: Queue, wish: Wish): Promise<Claim[]> {
  const { rows } = await sql.query<Claim>({
    name: `claim-due-${queue.table}`,
    text: claimOf(queue.table),
    values: [wish.most, queue.channel, wish.perReceiver, wish.perWorkspace, wish.held],
  })
  return rows
}

function claimOf(table: Queue['table']): string {
  const { workspace, line, receiver, waiting, turn, plan } = tables[table]
  const place = `SELECT ${workspace} AS workspace, ${line} AS line FROM ${table} q WHERE ${waiting}`
  return `
    WITH RECURSIVE lines AS (
      (${place} ORDER BY ${workspace}, ${line} LIMIT 1)
      UNION ALL
      SELECT next.* FROM lines l CROSS JOIN LATERAL (
        ${place} AND (${workspace}, ${line}) > (l.workspace, l.line)
        ORDER BY ${workspace}, ${line} LIMIT 1
      ) next
    ), held AS (
      SELECT id, count(*) AS sends FROM unnest($5::uuid[]) AS h (id) GROUP BY id
    ), ready AS (
      SELECT l.workspace, front.* FROM lines l CROSS JOIN LATERAL (
        SELECT q.id, q.next_attempt_at, ${receiver} AS receiver FROM ${table} q
        WHERE ${waiting} AND ${workspace} = l.workspace AND ${line} = l.line
          AND q.next_attempt_at <= now() AND ${turn}
        ORDER BY q.next_attempt_at
        LIMIT $4
      ) front
      WHERE NOT EXISTS (SELECT FROM held WHERE held.id = l.line AND held.sends >= $3)
    ), fronts AS (
      SELECT *, row_number() OVER (PARTITION BY receiver ORDER BY next_attempt_at, id) AS place
      FROM ready
    ), placed AS (
      SELECT f.*, coalesce(held.sends, 0)
        + row_number() OVER (PARTITION BY f.workspace ORDER BY f.next_attempt_at, f.id) AS turn
      FROM fronts f LEFT JOIN held ON held.id = f.workspace
      WHERE f.place = 1
    ), due AS (
      SELECT q.id, p.receiver, p.workspace FROM ${table} q JOIN placed p USING (id)
      WHERE p.turn <= $4 AND q.status = 'PENDING' AND q.next_attempt_at <= now()
      ORDER BY p.turn, p.next_attempt_at
      LIMIT $1
      FOR UPDATE OF q SKIP LOCKED
    )
    UPDATE ${table} q
    SET fence = q.fence + 1, attempts = q.attempts + 1,
        next_attempt_at = now() + ${LEASE_MS} * interval '1 ms'
    FROM due
    WHERE q.id = due.id
    RETURNING q.id, q.fence, ${plan}, due.receiver, due.workspace`
}

/**
 * False if the claim is over: the row has been claimed anew, and a stale owner's word changes nothing; or this
 * has settled it before, and only the answer was lost.
 */
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
      SET status = $3::delivery_status, error = $4, fence = fence + 1,
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
