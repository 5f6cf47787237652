import type { Deps } from '../../deps.ts'
import type { Page } from '../../page.ts'
import { epochMs, instant } from '../../platform/sql.ts'
import type { CheckDetail, CheckHead, CheckKey, CheckPlace, ShownCheck } from './check.ts'

/** A count above this would cost more than it tells. */
export const MAX_COUNTED = 10_000

/** One monitor's checks in `[fromMs, toMs)`, of one region or of all. */
export type History = {
  workspaceId: string
  monitorId: string
  fromMs: number | null
  toMs: number | null
  region: string | null
}

/** A page, newest first, by the primary key: its cost does not depend on how many checks there are. */
export async function readChecks(
  { database }: Deps,
  history: History,
  { after, before, isBackward, most }: Page<CheckPlace>,
): Promise<ShownCheck[]> {
  const direction = isBackward ? 'ASC' : 'DESC'
  const { rows } = await database.pool.query<CheckRow>(
    `SELECT ${COLUMNS} FROM checks c
     WHERE ${WITHIN} AND ${beyond('<', 6)} AND ${beyond('>', 9)}
     ORDER BY scheduled_at ${direction}, attempt ${direction}, region ${direction} LIMIT $12`,
    [...bounds(history), ...placeValues(after), ...placeValues(before), most],
  )
  return rows.map(shownCheck)
}

/** How many there are, as far as MAX_COUNTED. */
export async function countChecks({ database }: Deps, history: History): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (SELECT FROM checks c WHERE ${WITHIN} LIMIT $6) AS counted`,
    [...bounds(history), MAX_COUNTED],
  )
  return rows[0]?.count ?? 0
}

/** The workspace's checks with these keys, in no order; those that are gone are left out. */
export async function readChecksByKey(
  { database }: Deps,
  workspaceId: string,
  keys: readonly CheckKey[],
): Promise<ShownCheck[]> {
  const { rows } = await database.pool.query<CheckRow>(
    `SELECT ${COLUMNS}
     FROM unnest($1::uuid[], $2::float8[], $3::int2[], $4::text[])
       AS k (monitor_id, scheduled_at, attempt, region)
     JOIN checks c ON c.monitor_id = k.monitor_id AND c.attempt = k.attempt AND c.region = k.region
       AND c.scheduled_at = to_timestamp(k.scheduled_at / 1000.0)
     WHERE c.workspace_id = $5`,
    [
      keys.map((key) => key.monitorId),
      keys.map((key) => key.scheduledAt),
      keys.map((key) => key.attempt),
      keys.map((key) => key.region),
      workspaceId,
    ],
  )
  return rows.map(shownCheck)
}

type CheckRow = CheckHead & Omit<CheckDetail, 'phases'> & CheckDetail['phases']

const COLUMNS = `
  c.monitor_id AS "monitorId", ${epochMs('c.scheduled_at')} AS "scheduledAt",
  c.attempt, c.region, ${epochMs('c.checked_at')} AS "checkedAt", c.outcome,
  c.error_kind AS "errorKind", c.message, c.http_status AS "httpStatus", c.latency_ms AS "latencyMs",
  c.dns_ok AS "dnsOk", c.tls_ok AS "tlsOk", c.content_ok AS "contentOk", c.resolve_ms AS "resolveMs",
  c.connect_ms AS "connectMs", c.tls_ms AS "tlsMs", c.processing_ms AS "processingMs",
  c.transfer_ms AS "transferMs", c.remote_address AS "remoteAddress", c.is_late AS "isLate",
  c.details, ${epochMs('c.certificate_expires_at')} AS "certificateExpiresAt"`

const WITHIN = `c.monitor_id = $1 AND c.workspace_id = $2
  AND ($3::float8 IS NULL OR c.scheduled_at >= ${instant(3)})
  AND ($4::float8 IS NULL OR c.scheduled_at < ${instant(4)})
  AND ($5::text IS NULL OR c.region = $5)`

// The instant stands apart too: partitions are pruned by it, and not by the three together.
function beyond(side: '<' | '>', first: number): string {
  return `($${first}::float8 IS NULL OR (c.scheduled_at ${side}= ${instant(first)}
    AND (c.scheduled_at, c.attempt, c.region) ${side}
      (${instant(first)}, $${first + 1}::int2, $${first + 2}::text)))`
}

function bounds(history: History): unknown[] {
  const { monitorId, workspaceId, fromMs, toMs, region } = history
  return [monitorId, workspaceId, fromMs, toMs, region]
}

function placeValues(place: CheckPlace | null): unknown[] {
  return [place?.scheduledAt ?? null, place?.attempt ?? null, place?.region ?? null]
}

function shownCheck(row: CheckRow): ShownCheck {
  const { resolveMs, connectMs, tlsMs, processingMs, transferMs, ...rest } = row
  const { dnsOk, tlsOk, contentOk, remoteAddress, isLate, certificateExpiresAt, details, ...head } =
    rest
  const phases = { resolveMs, connectMs, tlsMs, processingMs, transferMs }
  return {
    ...head,
    detail: {
      dnsOk,
      tlsOk,
      contentOk,
      remoteAddress,
      isLate,
      certificateExpiresAt,
      details,
      phases,
    },
  }
}
