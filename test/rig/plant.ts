import type { ReportedResult } from '../../api/checks/batch.ts'
import { putTracks } from '../../api/monitors/votes/store.ts'
import { type Database, inTransaction, type Sql } from '../../api/platform/database.ts'
import { newTrack, silenceDueAt } from '../../core/region.ts'
import type { Observation, RegionPolicy } from '../../core/view.ts'
import { watch, type Watched } from '../monitors.ts'

const REGIONS = ['local', 'north', 'south']
const POLICY: RegionPolicy = {
  failureThreshold: 2,
  recoveryThreshold: 2,
  latencyThresholdMs: 500,
  slowThreshold: 2,
  normalThreshold: 2,
  intervalSeconds: 30,
  timeoutMs: 1_000,
}
export const INTERVAL_MS = POLICY.intervalSeconds * 1_000

/** A monitor that nobody has checked since it was born, and the regions it is checked from. */
export type Planted = Watched & { regions: string[]; bornAt: number }

/** One monitor for each number of regions given. */
export async function plantMonitors(
  database: Database,
  regionCounts: number[],
  bornAt: number,
  alertEmail = 'alice@pharos.example',
): Promise<Planted[]> {
  const count = regionCounts.length
  const { workspaceId, monitors } = await watch(database, { alertEmail, count })
  const planted = monitors.map((watched, index) => ({
    ...watched,
    regions: REGIONS.slice(0, regionCounts[index]),
    bornAt,
  }))
  const track = newTrack(bornAt)
  await inTransaction(database, async (tx) => {
    await letBeBorn(tx, planted)
    const votes = planted.flatMap(({ monitorId, regions }) =>
      regions.map((region) => ({ monitorId, workspaceId, region })),
    )
    await putTracks(
      tx,
      votes.map((vote) => ({ ...vote, track, silenceCheckAt: silenceDueAt(track, POLICY) })),
    )
  })
  return planted
}

/** An observation whose instants count from the monitor's birth, as a probe of the region reports it. */
export function resultOf(
  { monitorId, bornAt }: Planted,
  region: string,
  { slotAt, attempt, at, outcome, latencyMs, cause }: Observation,
): ReportedResult {
  const errorKinds = { UP: null, DOWN: 'CONNECTION_REFUSED', UNKNOWN: 'BLOCKED_TARGET' } as const
  return {
    ...NOTHING_ELSE_SEEN,
    monitorId,
    region,
    scheduledAt: bornAt + slotAt,
    attempt,
    checkedAt: bornAt + at,
    outcome,
    errorKind: errorKinds[outcome],
    message: cause,
    latencyMs,
    fence: null,
  }
}

/** All that is believed of each monitor in the end: instants count from its birth, ids are left out. */
export async function readStories(
  sql: Sql,
  planted: Pick<Planted, 'monitorId'>[],
): Promise<unknown[]> {
  const { rows } = await sql.query<{ story: unknown }>(
    `SELECT json_build_object(
       'status', m.status,
       'checks', (SELECT count(*) FROM checks c WHERE c.monitor_id = m.id AND NOT c.is_late),
       'turns', (SELECT json_agg(json_build_array(t.from_status, t.to_status, ${since('t.at')},
           ${since('t.decided_at')}, t.policy) ORDER BY t.decided_at)
         FROM transitions t WHERE t.monitor_id = m.id AND t.superseded_at IS NULL),
       'incidents', (SELECT json_agg(json_build_array(i.kind, i.status, ${since('i.started_at')},
           ${since('i.resolved_at')}) ORDER BY i.started_at, i.kind)
         FROM incidents i WHERE i.monitor_id = m.id AND i.retracted_at IS NULL),
       'statusSince', ${since('m.status_since')}
     ) AS story
     FROM unnest($1::uuid[]) WITH ORDINALITY AS p (id, place) JOIN monitors m USING (id)
     ORDER BY place`,
    [planted.map(({ monitorId }) => monitorId)],
  )
  return rows.map(({ story }) => story)
}

/** Incidents of which somebody was told more beginnings than ends, though they are over, or the reverse. */
export async function halfTold(sql: Sql): Promise<unknown[]> {
  const { rows } = await sql.query(
    `SELECT i.id, i.kind, i.status, i.retracted_at, array_agg(a.type ORDER BY a.position) AS told
     FROM incidents i LEFT JOIN alerts a ON a.incident_id = i.id
     GROUP BY i.id
     HAVING count(*) FILTER (WHERE a.type IN ('DOWN', 'SLOW'))
         - count(*) FILTER (WHERE a.type IN ('UP', 'NORMAL'))
       <> CASE WHEN i.status = 'RESOLVED' THEN 0 ELSE 1 END`,
  )
  return rows
}

const NOTHING_ELSE_SEEN = {
  httpStatus: null,
  dnsOk: null,
  tlsOk: null,
  contentOk: null,
  phases: { resolveMs: null, connectMs: null, tlsMs: null, processingMs: null, transferMs: null },
  certificateExpiresAt: null,
  remoteAddress: null,
  details: null,
}

async function letBeBorn(sql: Sql, planted: Planted[]): Promise<void> {
  await sql.query(
    `UPDATE monitors m
     SET regions = string_to_array(p.regions, ','), created_at = to_timestamp(p.born_at / 1000.0),
       status_since = to_timestamp(p.born_at / 1000.0), decidable_from = to_timestamp(p.born_at / 1000.0),
       failure_threshold = $4, recovery_threshold = $5, latency_threshold_ms = $6,
       slow_threshold = $7, normal_threshold = $8, interval_seconds = $9, timeout_ms = $10
     FROM unnest($1::uuid[], $2::text[], $3::float8[]) AS p (id, regions, born_at)
     WHERE m.id = p.id`,
    [
      planted.map(({ monitorId }) => monitorId),
      planted.map(({ regions }) => regions.join()),
      planted.map(({ bornAt }) => bornAt),
      ...Object.values(POLICY),
    ],
  )
}

function since(column: string): string {
  return `round(extract(epoch FROM ${column} - m.created_at) * 1000)`
}
