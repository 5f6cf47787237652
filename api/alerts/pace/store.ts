import { randomUUIDv7 } from 'node:crypto'
import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Pace } from './pace.ts'

/** To whom: a channel, or where that is null a mailbox. */
type Recipient = {
  workspaceId: string
  channel: AlertChannel
  channelId: string | null
  recipient: string
}

/** Alerts that are about to go out to one recipient, in their order, and what went there before them. */
export type Rush = Recipient & { alertIds: string[]; pace: Pace }

/** Of these alerts those that are about to go out one by one over these kinds of channel, by recipient. */
export async function readRushes(
  tx: Transaction,
  alertIds: string[],
  kinds: AlertChannel[],
): Promise<Rush[]> {
  const { rows } = await tx.query<Rush>({
    name: 'read-rushes',
    text: `
      WITH fresh AS (
        SELECT workspace_id, channel, channel_id, recipient, array_agg(id ORDER BY position) AS ids
        FROM alerts
        WHERE id = ANY ($1::uuid[]) AND channel = ANY ($2::alert_channel[])
          AND status = 'PENDING' AND digest_id IS NULL
        GROUP BY workspace_id, channel, channel_id, recipient
      )
      SELECT f.workspace_id AS "workspaceId", f.channel, f.channel_id AS "channelId", f.recipient,
        f.ids AS "alertIds",
        json_build_object('inMinute', told.in_minute, 'inHour', told.in_hour,
          'isGathering', coalesce(last.is_open, false), 'maxPerHour', c.max_per_hour,
          'sinceDigestMs', ${epochMs('now() - last.sent_at')}) AS pace
      FROM fresh f
      LEFT JOIN channels c ON c.id = f.channel_id
      CROSS JOIN LATERAL (
        SELECT count(*) AS in_hour,
          count(*) FILTER (WHERE a.created_at > now() - interval '1 minute') AS in_minute
        FROM alerts a
        WHERE a.workspace_id = f.workspace_id AND a.channel = f.channel AND a.recipient = f.recipient
          AND a.channel_id IS NOT DISTINCT FROM f.channel_id
          AND a.digest_id IS NULL AND a.created_at > now() - interval '1 hour'
          AND a.status <> 'WITHHELD' AND a.id <> ALL (f.ids)
      ) told
      LEFT JOIN LATERAL (
        SELECT bool_or(d.status = 'PENDING' AND d.fence = 0) AS is_open, max(d.sent_at) AS sent_at
        FROM (
          SELECT status, fence, sent_at FROM digests d
          WHERE d.workspace_id = f.workspace_id AND d.channel = f.channel
            AND d.recipient = f.recipient AND d.channel_id IS NOT DISTINCT FROM f.channel_id
          ORDER BY d.id DESC LIMIT 2
        ) d
      ) last ON true
      ORDER BY f.workspace_id, f.channel, f.recipient, f.channel_id`,
    values: [alertIds, kinds],
  })
  return rows
}

/** Alerts that one recipient is to be told in its open digest. */
export type Gathering = Recipient & { alertIds: string[]; dueInMs: number }

/** Puts alerts into the open digests of their recipients, which are opened where there are none. */
export async function gatherAlerts(tx: Transaction, gatherings: Gathering[]): Promise<void> {
  if (gatherings.length === 0) return
  const digestIds = await openDigests(tx, gatherings)
  const pairs = gatherings.flatMap(({ alertIds }, index) =>
    alertIds.map((alertId) => ({ alertId, digestId: digestIds[index] })),
  )
  await tx.query({
    name: 'gather-alerts',
    text: `
      UPDATE alerts a SET digest_id = g.digest_id
      FROM unnest($1::uuid[], $2::uuid[]) AS g (alert_id, digest_id)
      WHERE a.id = g.alert_id`,
    values: [pairs.map(({ alertId }) => alertId), pairs.map(({ digestId }) => digestId)],
  })
}

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
        ON CONFLICT (workspace_id, channel, recipient,
                     coalesce(channel_id, '00000000-0000-0000-0000-000000000000'))
          WHERE status = 'PENDING' AND fence = 0
        DO UPDATE SET recipient = excluded.recipient
        RETURNING id, workspace_id, channel, channel_id, recipient
      )
      SELECT o.id FROM given g JOIN opened o
        ON (o.workspace_id, o.channel, o.recipient) = (g.workspace_id, g.channel, g.recipient)
        AND o.channel_id IS NOT DISTINCT FROM g.channel_id
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
