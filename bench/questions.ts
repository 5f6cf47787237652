import { encodeId } from '../api/graphql/ids.ts'

/** What a dashboard asks over GraphQL, and the rows behind the answer by one hand-written statement. */
export type Question = {
  name: string
  query: string
  variables(monitorId: string): object
  sql: string
  values(asked: { workspaceId: string; monitorId: string; nowMs: number }): unknown[]
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const ofMonitor = (monitorId: string) => ({ id: encodeId('Monitor', monitorId) })

export const QUESTIONS: Question[] = [
  {
    name: 'page of 100 monitors',
    query: `{
      monitors(first: 100) {
        nodes {
          id name status
          uptime { ratio upSeconds degradedSeconds downSeconds unknownSeconds }
          lastCheck { outcome checkedAt httpStatus latencyMs }
          openIncidents { id kind startedAt cause }
        }
      }
    }`,
    variables: () => ({}),
    sql: `
      SELECT m.id, m.name, m.status, m.created_at, v.last_outcome, v.last_checked_at,
        v.last_http_status, v.last_latency_ms, i.id AS incident_id, i.kind, i.started_at, i.cause,
        ARRAY(SELECT (t.to_status, t.at) FROM transitions t
          WHERE t.monitor_id = m.id AND t.superseded_at IS NULL AND t.at > $2) AS within,
        (SELECT to_status FROM transitions t
         WHERE t.monitor_id = m.id AND t.superseded_at IS NULL AND t.at <= $2
         ORDER BY t.at DESC LIMIT 1) AS before
      FROM (SELECT * FROM monitors WHERE workspace_id = $1 ORDER BY id DESC LIMIT 100) m
      JOIN region_votes v ON v.monitor_id = m.id
      LEFT JOIN incidents i ON i.monitor_id = m.id AND i.status <> 'RESOLVED'
      ORDER BY m.id DESC`,
    values: ({ workspaceId, nowMs }) => [workspaceId, new Date(nowMs - DAY_MS)],
  },
  {
    name: '90-day uptime bar of a monitor',
    query: `query ($id: ID!) { monitor(id: $id) { uptimeDays(days: 90) { date ratio downSeconds } } }`,
    variables: ofMonitor,
    sql: `
      SELECT m.created_at, t.to_status, t.at FROM monitors m
      LEFT JOIN transitions t ON t.monitor_id = m.id AND t.superseded_at IS NULL AND t.at > $3
      WHERE m.workspace_id = $1 AND m.id = $2 ORDER BY t.at`,
    values: ({ workspaceId, monitorId, nowMs }) => [
      workspaceId,
      monitorId,
      new Date(nowMs - 90 * DAY_MS),
    ],
  },
  {
    name: '24 h latency chart of a monitor',
    query: `query ($id: ID!) { monitor(id: $id) { latency { at count p50 p95 p99 } } }`,
    variables: ofMonitor,
    sql: `
      SELECT hour_at, buckets, bucket_counts FROM check_rollups
      WHERE workspace_id = $1 AND monitor_id = $2 AND hour_at >= $3`,
    values: ({ workspaceId, monitorId, nowMs }) => [
      workspaceId,
      monitorId,
      new Date(Math.floor(nowMs / HOUR_MS) * HOUR_MS - DAY_MS),
    ],
  },
  {
    name: '24 h check-count ratio of 100 monitors',
    query: `{ monitors(first: 100) { nodes { uptime { checkCountRatio } } } }`,
    variables: () => ({}),
    sql: `
      SELECT monitor_id, sum(up_count) AS up, sum(down_count) AS down FROM check_rollups
      WHERE workspace_id = $1 AND hour_at >= $2 AND monitor_id = ANY (ARRAY(
        SELECT id FROM monitors WHERE workspace_id = $1 ORDER BY id DESC LIMIT 100))
      GROUP BY 1`,
    values: ({ workspaceId, nowMs }) => [
      workspaceId,
      new Date(Math.floor(nowMs / HOUR_MS) * HOUR_MS - DAY_MS),
    ],
  },
  {
    name: 'last 20 checks of a monitor',
    query: `query ($id: ID!) {
      monitor(id: $id) { checks(first: 20) { nodes { outcome checkedAt latencyMs phases { connectMs } } } }
    }`,
    variables: ofMonitor,
    sql: `
      SELECT * FROM checks WHERE workspace_id = $1 AND monitor_id = $2
      ORDER BY scheduled_at DESC, attempt DESC, region DESC LIMIT 20`,
    values: ({ workspaceId, monitorId }) => [workspaceId, monitorId],
  },
]
