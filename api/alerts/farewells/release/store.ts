import type { AlertChannel } from '../../../../generated/prisma/enums.ts'
import type { Settlement } from '../../../outbox/delivery.ts'
import { isSameReceiver } from '../../../outbox/store.ts'
import type { Sql, Transaction } from '../../../platform/database.ts'
import { epochMs } from '../../../platform/sql.ts'
import type { DigestEntry } from '../../channels/content.ts'
import { ADDRESS } from '../../channels/store.ts'
import { QUIET } from '../../contacts/store.ts'
import { FAREWELL_WAIT_MS } from '../store.ts'
import type { Delay, Due } from './release.ts'

/**
 * Those that are due, longest due first, and the database's time; several processes get different ones. Over channels
 * of these kinds several are told together.
 */
export async function lockDue(
  tx: Transaction,
  most: number,
  kinds: AlertChannel[],
): Promise<{ due: Due[]; nowMs: number }> {
  const { rows } = await tx.query<Due & { nowMs: number }>({
    name: 'lock-due-farewells',
    text: `
      SELECT f.id, f.workspace_id AS "workspaceId", coalesce(${ADDRESS}, f.recipient) AS recipient,
        f.withheld_reason AS reason, f.notice, ${epochMs('f.created_at')} AS "createdAt",
        ${epochMs(`youngest.created_at + $3 * interval '1 ms'`)} AS "youngestUntil",
        ${QUIET} AS quiet, ${epochMs('now()')} AS "nowMs"
      FROM farewells f
      LEFT JOIN channels c ON c.id = f.channel_id
      LEFT JOIN contacts k ON k.id = c.contact_id
      LEFT JOIN LATERAL (
        SELECT y.created_at FROM farewells y
        WHERE y.workspace_id = f.workspace_id AND y.channel = f.channel AND y.recipient = f.recipient
          AND y.status = 'WITHHELD' AND ${isSameReceiver('y', 'f')}
        ORDER BY y.created_at DESC LIMIT 1
      ) youngest ON f.channel = ANY ($2::alert_channel[])
      WHERE f.review_at <= now() AND f.status = 'WITHHELD'
      ORDER BY f.review_at, f.id
      LIMIT $1
      FOR UPDATE OF f SKIP LOCKED`,
    values: [most, kinds, FAREWELL_WAIT_MS],
  })
  return { due: rows.map(({ nowMs: _, ...one }) => one), nowMs: rows[0]?.nowMs ?? 0 }
}

/** They wait on. */
export async function putOff(
  tx: Transaction,
  delayed: readonly { id: string; delay: NonNullable<Delay> }[],
): Promise<void> {
  if (delayed.length === 0) return
  await tx.query(
    `UPDATE farewells f
     SET withheld_reason = coalesce(d.reason, f.withheld_reason), review_at = to_timestamp(d.review_at / 1000.0)
     FROM unnest($1::uuid[], $2::withheld_reason[], $3::float8[]) AS d (id, reason, review_at)
     WHERE f.id = d.id`,
    [
      delayed.map(({ id }) => id),
      delayed.map(({ delay }) => delay.reason),
      delayed.map(({ delay }) => delay.reviewAt),
    ],
  )
}

/** They go out from now on, to where their channels lead by now. */
export async function letGo(
  tx: Transaction,
  farewells: readonly Pick<Due, 'id' | 'recipient' | 'notice'>[],
): Promise<void> {
  if (farewells.length === 0) return
  await tx.query(
    `UPDATE farewells f
     SET status = 'PENDING', review_at = NULL, released_at = now(), next_attempt_at = now(),
       recipient = g.recipient, notice = g.notice
     FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) AS g (id, recipient, notice)
     WHERE f.id = g.id`,
    [
      farewells.map(({ id }) => id),
      farewells.map(({ recipient }) => recipient),
      farewells.map(({ notice }) => JSON.stringify(notice)),
    ],
  )
}

/** What a digest says of monitors that are gone, in the order of their deletion. */
export async function readEntriesOfFarewells(sql: Sql, digestId: string): Promise<DigestEntry[]> {
  const { rows } = await sql.query<{ entry: DigestEntry }>({
    name: 'read-digest-farewells',
    text: `
      SELECT notice AS entry FROM farewells WHERE digest_id = $1 AND status = 'PENDING'
      ORDER BY created_at, id`,
    values: [digestId],
  })
  return rows.map(({ entry }) => entry)
}

/** What is told in a digest becomes what the digest became. */
export async function settleFarewellsOf(
  tx: Transaction,
  digestId: string,
  settlement: Settlement,
): Promise<void> {
  await tx.query({
    name: 'settle-farewells-of-digest',
    text: `
      UPDATE farewells SET status = $2::delivery_status, error = $3, attempts = attempts + 1,
        sent_at = CASE WHEN $2 = 'SENT' THEN now() END
      WHERE digest_id = $1 AND status = 'PENDING'`,
    values: [digestId, settlement.status, settlement.status === 'SENT' ? null : settlement.error],
  })
}
