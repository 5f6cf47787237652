import { randomUUIDv7 } from 'node:crypto'
import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'
import { newestFirst } from '../../page.ts'
import type { Sql } from '../../platform/database.ts'
import type { Attempt } from '../channels/attempt.ts'

/** What was tried to be sent over which channel: an alert, a digest, or neither for a trial and a farewell. */
export type AttemptOf = {
  workspaceId: string
  channelId: string | null
  alertId?: string
  digestId?: string
}

type AttemptQuery = Pick<Prisma.DeliveryAttemptFindUniqueOrThrowArgs, 'select' | 'include'>

/** Their ids, in their order. */
export async function insertAttempts(
  sql: Sql,
  of: AttemptOf,
  attempts: readonly Attempt[],
): Promise<string[]> {
  // Of one millisecond they ascend by chance alone.
  const ids = attempts.map(() => randomUUIDv7()).toSorted()
  if (ids.length === 0) return ids
  // A channel that was deleted meanwhile is none any more.
  await sql.query(
    `INSERT INTO delivery_attempts (id, workspace_id, channel_id, alert_id, digest_id, at, outcome, why,
       duration_ms, request, response_status, response)
     SELECT a.id, $1, (SELECT id FROM channels WHERE id = $2), $3, $4, to_timestamp(a.at / 1000.0),
       a.outcome, a.why, a.duration_ms, a.request, a.response_status, a.response
     FROM unnest($5::uuid[], $6::float8[], $7::delivery_outcome[], $8::text[], $9::int[], $10::text[],
                 $11::int2[], $12::text[])
       AS a (id, at, outcome, why, duration_ms, request, response_status, response)`,
    [
      of.workspaceId,
      of.channelId,
      of.alertId,
      of.digestId,
      ids,
      attempts.map((attempt) => attempt.at),
      attempts.map(({ delivery }) => delivery.outcome),
      attempts.map(({ delivery }) => ('why' in delivery ? delivery.why : null)),
      attempts.map((attempt) => attempt.durationMs),
      attempts.map((attempt) => attempt.request),
      attempts.map((attempt) => attempt.responseStatus),
      attempts.map((attempt) => attempt.response),
    ],
  )
  return ids
}

export function readAttempt(
  { database }: Deps,
  where: { id: string; workspaceId: string },
  query: AttemptQuery,
) {
  return database.prisma.deliveryAttempt.findUniqueOrThrow({ ...query, where })
}

/** Those of an alert are also those of the digest that tells it. */
type AttemptFilter = { channelId: string } | { alertId: string }

export function readAttempts(
  { database }: Deps,
  workspaceId: string,
  filter: AttemptFilter,
  query: Prisma.DeliveryAttemptFindManyArgs,
) {
  return database.prisma.deliveryAttempt.findMany(newestFirst(query, matching(workspaceId, filter)))
}

export function countAttempts(
  { database }: Deps,
  workspaceId: string,
  filter: AttemptFilter,
): Promise<number> {
  return database.prisma.deliveryAttempt.count({ where: matching(workspaceId, filter) })
}

/** Up to `most` of those made before then; how many there were. */
export async function deleteAttemptsBefore(sql: Sql, at: number, most: number): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM delivery_attempts WHERE id IN (
       SELECT id FROM delivery_attempts WHERE at < to_timestamp($1 / 1000.0) ORDER BY at LIMIT $2)`,
    [at, most],
  )
  return rowCount ?? 0
}

function matching(workspaceId: string, filter: AttemptFilter): Prisma.DeliveryAttemptWhereInput {
  if ('channelId' in filter) return { workspaceId, ...filter }
  const { alertId } = filter
  return { workspaceId, OR: [{ alertId }, { digest: { alerts: { some: { id: alertId } } } }] }
}
