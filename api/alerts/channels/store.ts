import type { Prisma } from '../../../generated/prisma/client.ts'
import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Deps } from '../../deps.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { AlertPlace } from '../alert.ts'
import { QUIET } from '../contacts/store.ts'
import type { Wording } from '../wording.ts'

export type ChannelKey = { id: string; workspaceId: string }
type ChannelQuery = Pick<Prisma.ChannelFindUniqueArgs, 'select' | 'include'>

/** What a channel `c`, whose contact is `k`, is called as a recipient. */
export const ADDRESS = `CASE WHEN c.kind = 'EMAIL' THEN k.email ELSE c.label END`

/** What tells of a channel `c`, whose contact is `k`, whom an alert goes to. */
export const RECIPIENT = `c.kind AS channel, c.id AS "channelId", ${ADDRESS} AS address,
  ${QUIET} AS quiet`

/** Whether anything may go over it. */
export const IS_LIVE = `c.disabled_at IS NULL AND (c.kind <> 'EMAIL' OR k.verified_at IS NOT NULL)`

/** No two states of a channel have the same instant. */
const CHANGED = `updated_at = greatest(now(), updated_at + interval '1 ms')`

/** A row, its secrets sealed. */
export type StoredChannel = ChannelKey & {
  kind: AlertChannel
  name: string
  contactId: string | null
  label: string
  settings: object
  secrets: Uint8Array | null
  wording: Wording | null
  maxPerHour: number | null
}

export function readChannels(deps: Deps, workspaceId: string, query: ChannelQuery) {
  const order = { orderBy: { id: 'asc' } } as const
  return deps.database.prisma.channel.findMany({ ...query, ...order, where: { workspaceId } })
}

export function readChannel(deps: Deps, where: ChannelKey, query: ChannelQuery) {
  return deps.database.prisma.channel.findUniqueOrThrow({ ...query, where })
}

/** In the order of the ids; null for those that are gone. */
export async function readChannelsById(
  { database }: Pick<Deps, 'database'>,
  workspaceId: string,
  ids: readonly string[],
) {
  const where = { workspaceId, id: { in: [...ids] } }
  const found = await database.prisma.channel.findMany({ where })
  const byId = new Map(found.map((channel) => [channel.id, channel]))
  return ids.map((id) => byId.get(id) ?? null)
}

/** Locks the workspace, so that of two channels made at once the second counts the first. */
export async function countChannels(tx: Transaction, workspaceId: string): Promise<number> {
  await holdWorkspace(tx, workspaceId)
  const { rows } = await tx.query<{ channels: number }>(
    'SELECT count(*)::int AS channels FROM channels WHERE workspace_id = $1',
    [workspaceId],
  )
  return rows[0]!.channels
}

export async function insertChannel(tx: Transaction, channel: StoredChannel): Promise<void> {
  await tx.query(
    `INSERT INTO channels (id, workspace_id, kind, name, contact_id, label, settings, secrets, wording,
       max_per_hour)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [channel.id, channel.workspaceId, channel.kind, ...editable(channel)],
  )
}

export async function saveChannel(tx: Transaction, channel: StoredChannel): Promise<void> {
  await tx.query(
    `UPDATE channels SET name = $2, contact_id = $3, label = $4, settings = $5, secrets = $6,
       wording = $7, max_per_hour = $8, ${CHANGED}
     WHERE id = $1 AND workspace_id = $9`,
    [channel.id, ...editable(channel), channel.workspaceId],
  )
}

/** Null where the workspace has no such channel. */
export async function lockChannel(
  tx: Transaction,
  { id, workspaceId }: ChannelKey,
): Promise<StoredChannel | null> {
  const { rows } = await tx.query<StoredChannel>(
    `SELECT id, workspace_id AS "workspaceId", kind, name, contact_id AS "contactId", label, settings,
       secrets, wording, max_per_hour AS "maxPerHour"
     FROM channels WHERE id = $1 AND workspace_id = $2 FOR UPDATE`,
    [id, workspaceId],
  )
  return rows[0] ?? null
}

/** What it takes to send to somebody over a channel, which may have ceased to be live since it was decided. */
export type ChannelToSend = StoredChannel & {
  updatedAt: number
  isDisabled: boolean
  /** Of the contact whose mailbox it is. */
  email: string | null
  isVerified: boolean
  /** Of the contact whose channel it is; else UTC. */
  timeZone: string
}

export async function readChannelToSend(
  sql: Sql,
  { id, workspaceId }: ChannelKey,
): Promise<ChannelToSend | null> {
  const { rows } = await sql.query<ChannelToSend>({
    name: 'read-channel-to-send',
    text: `
      SELECT c.id, c.workspace_id AS "workspaceId", c.kind, c.name, c.contact_id AS "contactId", c.label,
        c.settings, c.secrets, c.wording, c.max_per_hour AS "maxPerHour",
        ${epochMs('c.updated_at')} AS "updatedAt", c.disabled_at IS NOT NULL AS "isDisabled",
        k.email, k.verified_at IS NOT NULL AS "isVerified",
        coalesce(k.time_zone, 'UTC') AS "timeZone"
      FROM channels c LEFT JOIN contacts k ON k.id = c.contact_id
      WHERE c.id = $1 AND c.workspace_id = $2`,
    values: [id, workspaceId],
  })
  return rows[0] ?? null
}

/** Its name, if it was not disabled before, nor changed since `asOf`. */
export async function markDisabled(
  tx: Transaction,
  { id, workspaceId }: ChannelKey,
  { reason, at, asOf }: { reason: string; at: number; asOf: number | null },
): Promise<string | null> {
  const { rows } = await tx.query<{ name: string }>(
    `UPDATE channels SET disabled_at = to_timestamp($3 / 1000.0), disabled_reason = $4
     WHERE id = $1 AND workspace_id = $2 AND disabled_at IS NULL AND ${epochMs('updated_at')} = $5
     RETURNING name`,
    [id, workspaceId, at, reason, asOf],
  )
  return rows[0]?.name ?? null
}

/** False where the workspace has no such channel. */
export async function markEnabled(
  tx: Transaction,
  { id, workspaceId }: ChannelKey,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE channels SET disabled_at = NULL, disabled_reason = NULL, ${CHANGED}
     WHERE id = $1 AND workspace_id = $2`,
    [id, workspaceId],
  )
  return rowCount === 1
}

/** A contact's mailboxes. */
export async function markMailboxesEnabled(
  tx: Transaction,
  contactId: string,
): Promise<ChannelKey[]> {
  const { rows } = await tx.query<ChannelKey>(
    `UPDATE channels SET disabled_at = NULL, disabled_reason = NULL, ${CHANGED}
     WHERE contact_id = $1 AND kind = 'EMAIL'
     RETURNING id, workspace_id AS "workspaceId"`,
    [contactId],
  )
  return rows
}

/** False where the workspace has no such channel. */
export async function deleteChannelRow(
  tx: Transaction,
  { id, workspaceId }: ChannelKey,
): Promise<boolean> {
  const { rowCount } = await tx.query('DELETE FROM channels WHERE id = $1 AND workspace_id = $2', [
    id,
    workspaceId,
  ])
  return rowCount === 1
}

/**
 * Alerts that were to go over these channels and will not, in order. One that is being settled now
 * is left to whoever settles it: of two that find a channel gone, neither waits for the other.
 */
export async function failAlertsOf(
  tx: Transaction,
  channelIds: string[],
  why: string,
): Promise<AlertPlace[]> {
  const { rows } = await tx.query<AlertPlace>(
    `WITH left_over AS (
       SELECT id FROM alerts
       WHERE channel_id = ANY ($1::uuid[])
         AND (status = 'PENDING' OR status = 'WITHHELD' AND review_at IS NOT NULL)
       FOR UPDATE SKIP LOCKED
     ), failed AS (
       UPDATE alerts SET status = 'FAILED', error = $2, review_at = NULL, digest_id = NULL
       WHERE id IN (SELECT id FROM left_over)
       RETURNING id, workspace_id, monitor_id, position
     )
     SELECT id AS "alertId", workspace_id AS "workspaceId", monitor_id AS "monitorId"
     FROM failed ORDER BY position`,
    [channelIds, why],
  )
  return rows
}

export async function readChannelIdsOfContact(
  sql: Sql,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    'SELECT id FROM channels WHERE contact_id = $1 AND workspace_id = $2',
    [id, workspaceId],
  )
  return rows.map(({ id }) => id)
}

function editable(channel: StoredChannel): unknown[] {
  return [
    channel.name,
    channel.contactId,
    channel.label,
    JSON.stringify(channel.settings),
    channel.secrets,
    channel.wording && JSON.stringify(channel.wording),
    channel.maxPerHour,
  ]
}
