import { graphql } from 'graphql'
import { afterAll, beforeAll, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { addMonitors, makeWorkspace } from '../../test/monitors.ts'
import { permissionsOf } from '../accounts/principal.ts'
import { schema } from '../schema.ts'
let database: TestDatabase
let workspaceId: string
const NOW = Date.parse('2026-11-20T10:00:00Z')
beforeAll(async () => {
  database = await openTestDatabase()
  workspaceId = await makeWorkspace(database)
  await addMonitors(database, { workspaceId, count: 100, madeAt: NOW - 500 * 864e5 })
  await database.pool.query(
    `INSERT INTO progress (name, through_at) VALUES ('check_rollups', '2026-11-20T10:00:00Z')`,
  )
  await database.pool
    .query(`INSERT INTO check_rollups (monitor_id, hour_at, region, workspace_id, up_count, down_count, unknown_count, buckets, bucket_counts)
    SELECT m.id, h, 'local', m.workspace_id, 60, 0, 0, '{140,141,142,145,150,160,170,171,172,173}', '{6,6,6,6,6,6,6,6,6,6}'
    FROM monitors m, generate_series(timestamptz '2026-11-20T10:00:00Z' - interval '30 days', '2026-11-20T09:00:00Z', interval '1 hour') h`)
  await database.pool.query('ANALYZE')
})
afterAll(() => database.close())
test.each([
  ['{ monitors(first: 100) { nodes { id } } }'],
  ['{ monitors(first: 100) { nodes { id } } }'],
  ['{ monitors(first: 100) { nodes { uptimeDays(days: 90) { date ratio } } } }'],
  ['{ monitors(first: 100) { nodes { uptimeDays(days: 90) { date ratio } } } }'],
  ['{ monitors(first: 100) { nodes { uptimeDays(days: 400) { ratio } } } }'],
  [
    '{ monitors(first: 100) { nodes { uptimeDays(days: 400) { date from to ratio upSeconds degradedSeconds downSeconds maintenanceSeconds pausedSeconds unknownSeconds } } } }',
  ],
  ['{ monitors(first: 100) { nodes { latency(points: 1) { at } } } }'],
  ['{ monitors(first: 100) { nodes { latency(points: 24) { at count p50 p95 p99 } } } }'],
  [
    '{ monitors(first: 100) { nodes { latency(points: 500, from: "2026-10-22T00:00:00Z") { at count p50 p95 p99 } } } }',
  ],
  [
    '{ monitors(first: 100) { nodes { latency(points: 500, from: "2026-10-22T00:00:00Z") { p50 } } } }',
  ],
  [
    '{ monitors(first: 100) { nodes { latency(points: 1, from: "2026-10-22T00:00:00Z") { at count p50 p95 p99 } } } }',
  ],
])(
  '%s',
  async (source) => {
    const contextValue = {
      deps: { database, clock: { now: () => NOW } },
      principal: {
        workspaceId,
        permissions: permissionsOf('VIEWER'),
        credential: { kind: 'API_KEY', apiKeyId: 'test' },
      },
    }
    const before = process.cpuUsage()
    const t = performance.now()
    const answer = await graphql({ schema, source, contextValue })
    const text = JSON.stringify(answer)
    const { user, system } = process.cpuUsage(before)
    console.log(
      source,
      'cpu',
      (user + system) / 1000,
      'wall',
      performance.now() - t,
      text.length,
      answer.errors?.[0]?.message,
    )
  },
  120000,
)
