import { randomUUIDv7 } from 'node:crypto'
import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { isSameReceiver, NO_CHANNEL } from '../../outbox/store.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Pace } from './pace.ts'

/** To whom: a channel, or where that is null a mailbox, which several channels of contacts may be as well. */
type Recipient = {
  workspaceId: string
  channel: AlertChannel
  channelId: string | null
  recipient: string
}

/** What goes by the pace, and in which order; `isMany` says whether it takes a digest even where there is room. */
const paced = {
  alerts: { order: 'a.position', isMany: 'false' },
  farewells: { order: 'a.id', isMany: 'count(*) > 1' },
}

export type Paced = keyof typeof paced

/** What is about to go out to one recipient, in its order, and what went there before. */
export type Rush = Recipient & { ids: string[]; pace: Pace }

/** Of one recipient so many digests are looked at: at five minutes from one to the next, more than an hour has. */
const RECENT_DIGESTS = 24

/** Whether a digest `d` is being sent, or is tried again: it takes in no more, and is a message at least. */
const IS_ON_ITS_WAY = `(d.status = 'PENDING' AND d.fence > 0)`

/** When an alert went out, as far as its pace goes: what was kept back, when it was let go. */
const TOLD_AT = 'coalesce(a.released_at, a.created_at)'

/** Of these rows those that are about to go out one by one over these kinds of channel, by recipient. */
export async function readRushes(
  tx: Transaction,
  table: Paced,
  ids: string[],
  kinds: AlertChannel[],
): Promise<Rush[]> {
  const { rows } = await tx.query<Rush>({
    name: `read-rushes-of-${table}`,
    text: rushesOf(table),
    values: [ids, kinds],
  })
  return rows
}

const rushesOf = (table: Paced) => `
  WITH fresh AS (
    SELECT a.workspace_id, a.channel, a.recipient, array_agg(a.id ORDER BY ${paced[table].order}) AS ids,
      ${paced[table].isMany} AS is_many, min(c.max_per_hour) AS max_per_hour,
      CASE WHEN count(DISTINCT coalesce(a.channel_id, ${NO_CHANNEL})) = 1
        THEN (array_agg(a.channel_id))[1] END AS channel_id
    FROM ${table} a LEFT JOIN channels c ON c.id = a.channel_id
    WHERE a.id = ANY ($1::uuid[]) AND a.channel = ANY ($2::alert_channel[])
      AND a.status = 'PENDING' AND a.digest_id IS NULL
    GROUP BY a.workspace_id, a.channel, a.recipient,
      CASE WHEN a.channel <> 'EMAIL' THEN a.channel_id END
  )
  SELECT f.workspace_id AS "workspaceId", f.channel, f.channel_id AS "channelId", f.recipient,
    f.ids,
    json_build_object('inMinute', told.in_minute, 'toldAgoMs', told.ago_ms,
      'isGathering', f.is_many OR coalesce(last.is_open, false), 'maxPerHour', f.max_per_hour,
      'sinceDigestMs', ${epochMs('now() - last.sent_at')}) AS pace
  FROM fresh f
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(${epochMs('now() - at')} ORDER BY at DESC), '[]') AS ago_ms,
      count(*) FILTER (WHERE is_single AND at > now() - interval '1 minute') AS in_minute
    FROM (
      SELECT ${TOLD_AT} AS at, true AS is_single FROM alerts a
      WHERE a.workspace_id = f.workspace_id AND a.recipient = f.recipient
        AND ${isSameReceiver('a', 'f')} AND a.digest_id IS NULL
        AND ${TOLD_AT} > now() - interval '1 hour'
        AND a.status <> 'WITHHELD' AND a.id <> ALL (f.ids)
      UNION ALL
      SELECT w.released_at, true FROM farewells w
      WHERE w.workspace_id = f.workspace_id AND w.recipient = f.recipient
        AND ${isSameReceiver('w', 'f')} AND w.digest_id IS NULL
        AND w.released_at > now() - interval '1 hour' AND w.id <> ALL (f.ids)
      UNION ALL
      SELECT t.at, true FROM told_messages t
      WHERE t.workspace_id = f.workspace_id AND t.recipient = f.recipient
        AND ${isSameReceiver('t', 'f')} AND t.at > now() - interval '1 hour'
      UNION ALL
      SELECT message.at, false FROM (
        SELECT d.id, ${IS_ON_ITS_WAY} AS is_on_its_way FROM digests d
        WHERE d.workspace_id = f.workspace_id AND d.recipient = f.recipient
          AND ${isSameReceiver('d', 'f')}
        ORDER BY d.position DESC LIMIT ${RECENT_DIGESTS}
      ) d CROSS JOIN LATERAL (
        SELECT l.at FROM delivery_attempts l
        WHERE l.digest_id = d.id AND l.outcome = 'ACCEPTED' AND l.at > now() - interval '1 hour'
        UNION ALL
        SELECT now() WHERE d.is_on_its_way
      ) message
    ) told
  ) told
  LEFT JOIN LATERAL (
    SELECT bool_or(d.status = 'PENDING' AND d.fence = 0) AS is_open, max(d.sent_at) AS sent_at
    FROM (
      SELECT status, fence,
        CASE WHEN ${IS_ON_ITS_WAY} THEN now() ELSE sent_at END AS sent_at
      FROM digests d
      WHERE d.workspace_id = f.workspace_id AND d.recipient = f.recipient
        AND ${isSameReceiver('d', 'f')}
      ORDER BY d.position DESC LIMIT 2
    ) d
  ) last ON true
  ORDER BY f.workspace_id, f.channel, f.recipient, f.channel_id`

/** What one recipient is to be told in its open digest. */
export type Gathering = Recipient & { ids: string[]; dueInMs: number }

/** Puts rows into the open digests of their recipients, which are opened where there are none. */
export async function gather(
  tx: Transaction,
  table: Paced,
  gatherings: Gathering[],
): Promise<void> {
  if (gatherings.length === 0) return
  const digestIds = await openDigests(tx, gatherings)
  const pairs = gatherings.flatMap(({ ids }, index) =>
    ids.map((id) => ({ id, digestId: digestIds[index] })),
  )
  await tx.query({
    name: `gather-${table}`,
    text: `
      UPDATE ${table} a SET digest_id = g.digest_id
      FROM unnest($1::uuid[], $2::uuid[]) AS g (id, digest_id)
      WHERE a.id = g.id`,
    values: [pairs.map(({ id }) => id), pairs.map(({ digestId }) => digestId)],
  })
}

/** Before a monitor is deleted, and its alerts with it: those that are left to it and told one by one count on. */
export async function keepTold(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
  kinds: AlertChannel[],
): Promise<void> {
  await tx.query(
    `INSERT INTO told_messages (workspace_id, channel, channel_id, recipient, at)
     SELECT a.workspace_id, a.channel, a.channel_id, a.recipient, ${TOLD_AT}
     FROM alerts a
     WHERE a.monitor_id = $1 AND a.workspace_id = $2 AND a.channel = ANY ($3::alert_channel[])
       AND a.digest_id IS NULL AND ${TOLD_AT} > now() - interval '1 hour'
       AND a.status <> 'WITHHELD'`,
    [id, workspaceId, kinds],
  )
}

/** Up to `most` of those from before then; how many there were. */
export async function deleteToldBefore(sql: Sql, at: number, most: number): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM told_messages WHERE id IN (
       SELECT id FROM told_messages WHERE at < to_timestamp($1 / 1000.0) ORDER BY at LIMIT $2)`,
    [at, most],
  )
  return rowCount ?? 0
}

/** A mailbox has one open digest for all that it is told: by its address, once that is not all over one channel. */
const OPEN_LINE = `CASE WHEN channel = 'EMAIL' THEN ${NO_CHANNEL} ELSE coalesce(channel_id, ${NO_CHANNEL}) END`

/**
 * In the order of the recipients. An open digest stays locked to the end of the transaction: whoever
 * claims it meanwhile takes another row, and one that was claimed before is open no more.
 */
async function openDigests(tx: Transaction, gatherings: Gathering[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'open-digests',
    text: `
      WITH given AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::alert_channel[], $4::uuid[], $5::text[],
                             $6::float8[])
          WITH ORDINALITY AS g (id, workspace_id, channel, channel_id, recipient, due_in_ms, place)
      ), opened AS (
        INSERT INTO digests (id, workspace_id, channel, channel_id, recipient, next_attempt_at)
        SELECT id, workspace_id, channel, channel_id, recipient, now() + due_in_ms * interval '1 ms'
        FROM given ORDER BY place
        ON CONFLICT (workspace_id, channel, recipient, (${OPEN_LINE}))
          WHERE status = 'PENDING' AND fence = 0
        DO UPDATE SET channel_id = CASE WHEN digests.channel_id = excluded.channel_id
          THEN digests.channel_id END
        RETURNING id, workspace_id, channel, channel_id, recipient
      )
      SELECT o.id FROM given g JOIN opened o
        ON o.workspace_id = g.workspace_id AND o.recipient = g.recipient AND ${isSameReceiver('o', 'g')}
      ORDER BY g.place`,
    values: [
      gatherings.map(() => randomUUIDv7()),
      gatherings.map((gathering) => gathering.workspaceId),
      gatherings.map((gathering) => gathering.channel),
      gatherings.map((gathering) => gathering.channelId),
      gatherings.map((gathering) => gathering.recipient),
      gatherings.map((gathering) => gathering.dueInMs),
    ],
  })
  return rows.map(({ id }) => id)
}
