import pg from 'pg'
import { type Partition, partitionOf } from '../api/checks/partitions/partition.ts'
import { rollUpHours } from '../api/uptime/rollups/jobs.ts'
import { plantMonitors, type Sandbox } from './sandbox.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** How long the monitors have been there. Their checks are kept for less. */
const HISTORY_DAYS = 90
const OUTAGE_EVERY_DAYS = 5
/** Every so many monitors one is down just now. */
const ONE_DOWN_OF = 50

export type HistoryPlan = {
  monitors: number
  intervalSeconds: number
  checks: number
  nowMs: number
}

export type History = { workspaceId: string; monitorIds: string[] }

/**
 * What monitors leave behind in 90 days, with as many of their checks as are asked for still kept:
 * 1. monitors, 2. their outages, 3. what outages leave: transitions, incidents, statuses,
 * 4. checks, day by day, 5. the last check of every vote, 6. rollups, by the job itself.
 */
export async function plantHistory(sandbox: Sandbox, plan: HistoryPlan): Promise<History> {
  const monitorIds = await plantMonitors(sandbox, {
    count: plan.monitors,
    target: 'https://example.com/',
    intervalSeconds: plan.intervalSeconds,
    isChecked: false,
  })
  const client = new pg.Client({ connectionString: sandbox.url })
  await client.connect()
  try {
    await client.query(`SET work_mem = '256MB'; SET maintenance_work_mem = '256MB'`)
    await plantOutages(client, plan)
    await plantTransitions(client, plan)
    for (const day of daysOf(plan)) await plantDay(client, plan, day)
    await client.query(FAIL_CHECKS)
    await client.query(LAST_CHECKS, [new Date(plan.nowMs), plan.intervalSeconds])
    await rollUp(client, sandbox, plan)
    await client.query('DROP TABLE bench_outages')
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
    const { rows } = await client.query<{ id: string }>('SELECT id FROM workspaces')
    return { workspaceId: rows[0]!.id, monitorIds }
  } finally {
    await client.end()
  }
}

/** How long the checks reach back. */
export function keptMs({ monitors, intervalSeconds, checks }: HistoryPlan): number {
  return (checks / monitors) * intervalSeconds * 1_000
}

/** One outage of some minutes in every five days of every monitor, and some that are not over. */
async function plantOutages(client: pg.Client, { nowMs }: HistoryPlan): Promise<void> {
  await client.query('SELECT setseed(0.5)')
  await client.query(
    `CREATE UNLOGGED TABLE bench_outages (monitor_id uuid, workspace_id uuid, from_at timestamptz(3), to_at timestamptz(3))`,
  )
  await client.query(
    `INSERT INTO bench_outages
     SELECT id, workspace_id, at, at + (5 + 20 * random()) * interval '1 min'
     FROM (
       SELECT m.id, m.workspace_id,
         $1::timestamptz - (n - 0.98 * random()) * $2 * interval '1 day' AS at
       FROM monitors m, generate_series(1, $3::int) n
     ) o
     UNION ALL
     SELECT id, workspace_id, $1::timestamptz - random() * interval '20 min', NULL
     FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM monitors) m WHERE n % $4 = 0`,
    [new Date(nowMs), OUTAGE_EVERY_DAYS, HISTORY_DAYS / OUTAGE_EVERY_DAYS, ONE_DOWN_OF],
  )
}

async function plantTransitions(client: pg.Client, { nowMs }: HistoryPlan): Promise<void> {
  const madeAt = new Date(nowMs - HISTORY_DAYS * DAY_MS)
  await client.query(`UPDATE monitors SET status = 'UP', created_at = $1, status_since = $1`, [
    madeAt,
  ])
  await client.query(
    `UPDATE monitors SET status = 'DOWN', status_since = from_at FROM bench_outages
     WHERE monitor_id = id AND to_at IS NULL`,
  )
  await client.query(
    `INSERT INTO transitions (workspace_id, monitor_id, from_status, to_status, at, decided_at, votes,
       policy, reason)
     SELECT workspace_id, monitor_id, from_status::monitor_status, to_status::monitor_status, at,
       at + interval '10 s', $2, $3, 'local: 3 checks in a row failed, and 1 of 1 regions is down'
     FROM (
       SELECT workspace_id, id, 'PENDING', 'UP', $1::timestamptz FROM monitors
       UNION ALL SELECT workspace_id, monitor_id, 'UP', 'DOWN', from_at FROM bench_outages
       UNION ALL SELECT workspace_id, monitor_id, 'DOWN', 'UP', to_at FROM bench_outages
       WHERE to_at IS NOT NULL
     ) t (workspace_id, monitor_id, from_status, to_status, at)
     ORDER BY at`,
    [madeAt, JSON.stringify(VOTES), JSON.stringify(POLICY)],
  )
  await client.query(
    `INSERT INTO incidents (workspace_id, monitor_id, kind, status, started_at, resolved_at, cause)
     SELECT workspace_id, monitor_id, 'DOWN',
       CASE WHEN to_at IS NULL THEN 'OPEN' ELSE 'RESOLVED' END::incident_status, from_at, to_at,
       'The status is 503.'
     FROM bench_outages ORDER BY from_at`,
  )
}

function daysOf(plan: HistoryPlan): Partition[] {
  const first = partitionOf(plan.nowMs - keptMs(plan)).fromAt
  const count = Math.floor((plan.nowMs - first) / DAY_MS) + 1
  return Array.from({ length: count }, (_, i) => partitionOf(first + i * DAY_MS))
}

/** Unlogged, filled before it has a key, then attached: else ten million would take many minutes. */
async function plantDay(
  client: pg.Client,
  plan: HistoryPlan,
  { name, fromAt, toAt }: Partition,
): Promise<void> {
  const [from, to] = [fromAt, toAt].map((instant) => new Date(instant).toISOString())
  await client.query(`DROP TABLE IF EXISTS partitions.${name}`)
  await client.query(
    `CREATE UNLOGGED TABLE partitions.${name} (LIKE checks INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`,
  )
  await client.query(
    `INSERT INTO partitions.${name} (monitor_id, scheduled_at, attempt, region, workspace_id,
       checked_at, outcome, http_status, dns_ok, content_ok, latency_ms, resolve_ms, connect_ms,
       processing_ms, transfer_ms, remote_address)
     SELECT id, at, 0, 'local', workspace_id, at + interval '3 ms', 'UP', 200, true, true, ms, 0.5,
       ms * 0.1, ms * 0.8, ms * 0.1 - 0.5, '192.0.2.10'
     FROM (
       SELECT m.id, m.workspace_id, slot_at + phase AS at, exp(random_normal(4.8, 0.4)) AS ms
       FROM generate_series($1::timestamptz, $2::timestamptz - interval '1 ms', $3 * interval '1 s') slot_at
       CROSS JOIN (
         SELECT id, workspace_id,
           row_number() OVER (ORDER BY id) * ($3 * interval '1 s' / (count(*) OVER () + 1)) AS phase
         FROM monitors
       ) m
       ORDER BY slot_at, phase
     ) c
     WHERE at > $4 AND at <= $5`,
    [from, to, plan.intervalSeconds, new Date(plan.nowMs - keptMs(plan)), new Date(plan.nowMs)],
  )
  await client.query(
    `ALTER TABLE partitions.${name} ADD PRIMARY KEY (monitor_id, scheduled_at, attempt, region)`,
  )
  await client.query(
    `ALTER TABLE checks ATTACH PARTITION partitions.${name} FOR VALUES FROM ('${from}') TO ('${to}')`,
  )
}

const FAIL_CHECKS = `
  UPDATE checks c SET outcome = 'DOWN', error_kind = 'UNEXPECTED_STATUS', http_status = 503,
    content_ok = false, message = 'The status is 503.'
  FROM bench_outages o
  WHERE c.monitor_id = o.monitor_id AND c.scheduled_at >= o.from_at
    AND c.scheduled_at < coalesce(o.to_at, 'infinity')`

const LAST_CHECKS = `
  UPDATE region_votes v SET last_slot_at = c.scheduled_at, last_attempt = c.attempt,
    last_checked_at = c.checked_at, last_outcome = c.outcome, last_http_status = c.http_status,
    last_error_kind = c.error_kind, last_message = c.message, last_latency_ms = c.latency_ms
  FROM checks c
  WHERE c.monitor_id = v.monitor_id AND c.scheduled_at > $1::timestamptz - $2 * interval '1 s'`

async function rollUp(client: pg.Client, { database }: Sandbox, plan: HistoryPlan): Promise<void> {
  const firstHourAt = Math.floor((plan.nowMs - keptMs(plan)) / HOUR_MS) * HOUR_MS
  await client.query(`INSERT INTO progress (name, through_at) VALUES ('check_rollups', $1)`, [
    new Date(firstHourAt),
  ])
  const deps = { database, clock: { now: () => plan.nowMs } }
  while ((await rollUpHours(deps)) > 0);
}

const VOTES = [
  { region: 'local', vote: 'DOWN', since: 1_790_000_000_000, at: 1_790_000_010_000, isFresh: true },
]

const POLICY = { quorum: null, failureThreshold: 3, recoveryThreshold: 1, regions: ['local'] }
