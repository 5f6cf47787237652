import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AlertType } from '../../generated/prisma/enums.ts'
import { addChannel } from '../../test/channels.ts'
import { rowsVisited } from '../../test/cost.ts'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { turn } from '../../test/telling.ts'
import { hastenNext } from '../outbox/haste/store.ts'
import { claimDue } from '../outbox/store.ts'
import type { Transaction } from '../platform/database.ts'
import type { News } from './alert.ts'
import { readAudience } from './audience/store.ts'
import { settleAlertsOf } from './digests/store.ts'
import { lockDue } from './farewells/release/store.ts'
import { readRushes } from './pace/store.ts'
import { readNotice } from './store.ts'
import { lockWithheld } from './withholding/store.ts'

const LITTLE = 200
const MUCH = 20_000
/** Another plan may look at a row or two more. */
const A_FEW = 10

let database: TestDatabase
let news: News[]
let alertId: string
let channelIds: string[]
/** In rows that PostgreSQL looks at. */
let little: Record<string, number>
let much: Record<string, number>

beforeAll(async () => {
  database = await openTestDatabase()
  ;({ news, alertId, channelIds } = await makeTrouble())
  await grow(1, LITTLE)
  little = await costs()
  await grow(LITTLE + 1, MUCH)
  much = await costs()
})
afterAll(() => database.close())

/**
 * The second of two monitors is down and depends on the first: a webhook is to be told, and a mailbox, where it is
 * withheld, as the last word on a third is. There is a rule for work on both, and another webhook, which is not there.
 */
async function makeTrouble() {
  const { pool, prisma } = database
  const { workspaceId, monitors } = await watch(database, {
    members: ['ada@example.com'],
    count: 2,
  })
  const [parent, child] = monitors as [Watched, Watched]
  const deps = testDeps(database)
  const webhook = { url: 'https://hooks.example/' }
  const { id: channelId } = await addChannel(deps, workspaceId, { webhook })
  await turn(database, { ...child, from: 'UP', to: 'DOWN', at: Date.now() })
  const { id: goneId } = await addChannel(deps, workspaceId, { webhook })
  await pool.query(
    `UPDATE alerts SET status = 'WITHHELD', withheld_reason = 'MAINTENANCE', review_at = now() - interval '1 s'
     WHERE channel = 'EMAIL';
     UPDATE alert_settings SET slow_threshold_ms = 1000;
     UPDATE monitors SET latency_threshold_ms = 500;
     INSERT INTO maintenance_windows
       (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
     SELECT id, 'Work', 'UTC', '2026-11-20T02:00', 60, true FROM workspaces;
     INSERT INTO farewells (workspace_id, channel, recipient, notice, created_at, review_at)
     SELECT id, 'EMAIL', 'ada@example.com', '{}', now() - interval '1 year', now() FROM workspaces`,
  )
  await pool.query(
    'INSERT INTO monitor_dependencies (monitor_id, parent_id, workspace_id) VALUES ($1, $2, $3)',
    [child.monitorId, parent.monitorId, workspaceId],
  )
  const { id, incidentId } = await prisma.alert.findFirstOrThrow({ where: { channelId } })
  const types: AlertType[] = ['DOWN', 'SLOW', 'UP', 'RESOLVED']
  const place = { ...child, incidentId, transitionId: null, daysLeft: null, latencyMs: null }
  return {
    alertId: id,
    channelIds: [channelId, goneId],
    news: types.map((type) => ({ ...place, type })),
  }
}

/**
 * So many outages that are over: half of them were told to the one webhook, half wait until the other is there again.
 * As many monitors that are gone: of half of them another mailbox was told, and hears of the others later, and of all
 * of them other webhooks were told just now. As many checks that were slow, and days on which there was work.
 */
async function grow(from: number, to: number): Promise<void> {
  const client = await database.pool.connect()
  // Without looking up for each row whether what it points to is there.
  await client.query('SET session_replication_role = replica; SET statement_timeout = 0')
  await client.query(GROW, [from, to, ...channelIds])
  await client.query('ANALYZE')
  client.release(true)
}

const GROW = `
  WITH past AS (
    SELECT n, m.*, now() - interval '1 hour' - n * interval '20 s' AS at
    FROM generate_series($1::int, $2::int) n
    JOIN (
      SELECT id AS monitor_id, workspace_id, row_number() OVER (ORDER BY id) AS place FROM monitors
    ) m ON m.place = 1 + n % 2
  ), outages AS (
    INSERT INTO incidents (workspace_id, monitor_id, kind, status, started_at, resolved_at, cause)
    SELECT workspace_id, monitor_id, 'DOWN', 'RESOLVED', at, at + interval '10 s', 'Connection refused'
    FROM past
    RETURNING *
  ), told AS (
    INSERT INTO alerts (workspace_id, monitor_id, incident_id, type, channel, channel_id, recipient,
      status, created_at, sent_at, next_attempt_at)
    SELECT workspace_id, monitor_id, id, 'DOWN', 'WEBHOOK', CASE WHEN is_told THEN $3 ELSE $4 END::uuid,
      'hooks.example', CASE WHEN is_told THEN 'SENT' ELSE 'PENDING' END::delivery_status, started_at,
      CASE WHEN is_told THEN started_at END, now() + interval '1 day'
    FROM (SELECT *, row_number() OVER () % 2 = 0 AS is_told FROM outages) o
  ), gone AS (
    INSERT INTO farewells (workspace_id, channel, recipient, notice, status, created_at, sent_at,
      released_at, review_at)
    SELECT workspace_id, 'EMAIL', 'bob@example.com', '{}',
      CASE WHEN is_told THEN 'SENT' ELSE 'WITHHELD' END::delivery_status, at,
      CASE WHEN is_told THEN at END, CASE WHEN is_told THEN at END,
      CASE WHEN NOT is_told THEN now() + interval '1 day' END
    FROM (SELECT *, n % 4 < 2 AS is_told FROM past) p
  ), told_of_gone AS (
    INSERT INTO told_messages (workspace_id, channel, channel_id, recipient, at)
    SELECT workspace_id, 'WEBHOOK', $4::uuid, n || '.example', now() FROM past
  ), worked AS (
    INSERT INTO maintenance_spans (window_id, workspace_id, starts_at, ends_at)
    SELECT w.id, w.workspace_id, day, day + interval '1 hour'
    FROM maintenance_windows w, past, LATERAL (SELECT now() - n * interval '1 day') d (day)
  )
  INSERT INTO checks
    (monitor_id, scheduled_at, attempt, region, workspace_id, checked_at, outcome, latency_ms)
  SELECT monitor_id, at, 0, 'local', workspace_id, at, 'UP', 2000 FROM past`

const WEBHOOKS = { table: 'alerts', channel: 'WEBHOOK' } as const
const WISH = { most: 10, perReceiver: 10, perWorkspace: 10, held: [] }

const questions: Record<string, (tx: Transaction) => Promise<void>> = {
  async 'whom to tell'(tx) {
    const { routes, candidates, listeners } = await readAudience(tx, news)
    expect([routes.size, candidates.size, listeners.size]).toEqual([1, 1, 1])
  },
  async 'what to send next'(tx) {
    expect(await claimDue(tx, WEBHOOKS, WISH)).toMatchObject([{ id: alertId }])
  },
  async 'what to say'(tx) {
    expect(await readNotice(tx, alertId)).toMatchObject({ type: 'DOWN' })
  },
  async 'what to let go'(tx) {
    expect((await lockWithheld(tx, 500)).due).toHaveLength(1)
  },
  async 'what farewells to let go'(tx) {
    expect((await lockDue(tx, 500, ['EMAIL'])).due).toHaveLength(1)
  },
  async 'whether it comes too fast'(tx) {
    const rushes = await readRushes(tx, 'alerts', [alertId], ['WEBHOOK'])
    expect(rushes).toMatchObject([{ ids: [alertId], pace: { toldAgoMs: [] } }])
  },
  async 'what to bring forward'(tx) {
    await hastenNext(tx, [alertId])
  },
  async 'what a digest told'(tx) {
    expect(await settleAlertsOf(tx, randomUUID(), { status: 'SENT' })).toEqual([])
  },
}

it.each(Object.keys(questions))('%s costs as much however much is stored', (name) => {
  expect(much[name]).toBeLessThanOrEqual(little[name]! + A_FEW)
})

async function costs(): Promise<Record<string, number>> {
  const rows: Record<string, number> = {}
  for (const [name, ask] of Object.entries(questions)) rows[name] = await rowsVisited(database, ask)
  return rows
}
