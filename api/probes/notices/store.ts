import type { Prisma } from '../../../generated/prisma/client.ts'
import type { NoticeKind } from '../../../generated/prisma/enums.ts'
import { newestFirst } from '../../page.ts'
import type { Database, Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { NewNotice } from './notice.ts'

type Key = { id: string; workspaceId: string }

/** What comes back so soon after its end had not ended; a channel that somebody enabled had. */
const ENDED_AFTER_MINUTES = 10

/** Its id; null where one of its kind and place is open, or goes on because it has hardly ended. */
export async function insertNotice(
  tx: Transaction,
  notice: NewNotice,
  nowMs: number,
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `WITH last AS (
       SELECT id FROM notices
       WHERE workspace_id = $1 AND kind = $2 AND probe_id IS NOT DISTINCT FROM $3
         AND channel_id IS NOT DISTINCT FROM $4 AND region = $5
       ORDER BY id DESC LIMIT 1
     ), again AS (
       UPDATE notices SET resolved_at = NULL
       WHERE id = (SELECT id FROM last) AND $2 <> 'CHANNEL_DISABLED'
         AND resolved_at > to_timestamp($8 / 1000.0) - interval '${ENDED_AFTER_MINUTES} minutes'
       RETURNING id
     )
     INSERT INTO notices (workspace_id, kind, probe_id, channel_id, region, text, started_at)
     SELECT $1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0) WHERE NOT EXISTS (SELECT FROM again)
     ON CONFLICT DO NOTHING
     RETURNING id`,
    [
      notice.workspaceId,
      notice.kind,
      notice.probeId,
      notice.channelId,
      notice.region,
      notice.text,
      notice.startedAt,
      nowMs,
    ],
  )
  return rows[0]?.id ?? null
}

/** Ends what is open of this kind at this place. A clock that was set back ends nothing before it began. */
export async function resolveNotice(
  tx: Transaction,
  { workspaceId, kind, probeId, region }: Omit<NewNotice, 'text' | 'startedAt'>,
  resolvedAt: number,
): Promise<void> {
  await tx.query(
    `UPDATE notices SET resolved_at = greatest(to_timestamp($5 / 1000.0), started_at)
     WHERE workspace_id = $1 AND kind = $2 AND probe_id IS NOT DISTINCT FROM $3 AND region = $4
       AND resolved_at IS NULL`,
    [workspaceId, kind, probeId, region, resolvedAt],
  )
}

export async function resolveNoticesOfProbe(
  tx: Transaction,
  { id, workspaceId }: Key,
  resolvedAt: number,
): Promise<void> {
  await tx.query(
    `UPDATE notices SET resolved_at = greatest(to_timestamp($3 / 1000.0), started_at)
     WHERE probe_id = $1 AND workspace_id = $2 AND resolved_at IS NULL`,
    [id, workspaceId, resolvedAt],
  )
}

export async function resolveNoticesOfChannel(
  tx: Transaction,
  { id, workspaceId }: Key,
  resolvedAt: number,
): Promise<void> {
  await tx.query(
    `UPDATE notices SET resolved_at = greatest(to_timestamp($3 / 1000.0), started_at)
     WHERE channel_id = $1 AND workspace_id = $2 AND resolved_at IS NULL`,
    [id, workspaceId, resolvedAt],
  )
}

/** The workspace's first owner; null where it has none. */
export async function readOwnerEmail(sql: Sql, workspaceId: string): Promise<string | null> {
  const { rows } = await sql.query<{ email: string }>(
    `SELECT u.email FROM memberships s JOIN users u ON u.id = s.user_id
     WHERE s.workspace_id = $1 AND s.role = 'OWNER' ORDER BY s.created_at, s.user_id LIMIT 1`,
    [workspaceId],
  )
  return rows[0]?.email ?? null
}

/** Where the owner of this installation is told of its own troubles; null before there is one. */
export async function readOperatorWorkspace(sql: Sql): Promise<string | null> {
  const { rows } = await sql.query<{ workspaceId: string }>(
    `SELECT s.workspace_id AS "workspaceId"
     FROM installation i JOIN memberships s ON s.user_id = i.owner_id AND s.role = 'OWNER'
     ORDER BY s.created_at, s.workspace_id LIMIT 1`,
  )
  return rows[0]?.workspaceId ?? null
}

/** A probe whose silence is to be looked at. */
export type QuietProbe = {
  probeId: string
  workspaceId: string
  region: string
  lastSeenAt: number
}

/** Locks those that are due; the one that has waited longest comes first. */
export async function lockQuietProbes(
  tx: Transaction,
  nowMs: number,
  most: number,
): Promise<QuietProbe[]> {
  const { rows } = await tx.query<QuietProbe>(
    `SELECT id AS "probeId", workspace_id AS "workspaceId", region,
       ${epochMs('last_seen_at')} AS "lastSeenAt"
     FROM probes WHERE silence_check_at <= to_timestamp($1 / 1000.0)
     ORDER BY silence_check_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`,
    [nowMs, most],
  )
  return rows
}

/** When to look again; null until the probe is heard of. */
export async function moveSilenceCheck(
  tx: Transaction,
  probeId: string,
  silenceCheckAt: number | null,
): Promise<void> {
  await tx.query('UPDATE probes SET silence_check_at = to_timestamp($2 / 1000.0) WHERE id = $1', [
    probeId,
    silenceCheckAt,
  ])
}

export type NoticeFilter = { kind?: NoticeKind | null; isOpen?: boolean | null }

export function readNotices(
  { prisma }: Database,
  workspaceId: string,
  filter: NoticeFilter,
  query: Prisma.NoticeFindManyArgs,
) {
  return prisma.notice.findMany(newestFirst(query, matching(workspaceId, filter)))
}

export function countNotices(
  { prisma }: Database,
  workspaceId: string,
  filter: NoticeFilter,
): Promise<number> {
  return prisma.notice.count({ where: matching(workspaceId, filter) })
}

function matching(workspaceId: string, { kind, isOpen }: NoticeFilter): Prisma.NoticeWhereInput {
  const resolvedAt = isOpen == null ? undefined : isOpen ? null : { not: null }
  return { workspaceId, ...(kind && { kind }), ...(resolvedAt !== undefined && { resolvedAt }) }
}
