import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { watch } from '../../test/monitors.ts'
import { startRedis } from '../../test/redis.ts'
import { openDatabase } from '../platform/database.ts'
import { createKeyring } from '../platform/keyring.ts'
import { createLog } from '../platform/log.ts'
import { openRedis } from '../platform/redis.ts'

test('ready while nothing is late, not ready while a check is', async () => {
  await using server = await openTestServer()
  expect(await readiness(server)).toEqual([200, { isReady: true, reasons: [], redis: null }])
  await dueSince(server, '90.4 seconds')
  expect(await readiness(server)).toEqual([
    503,
    {
      isReady: false,
      reasons: [expect.stringMatching(/^the oldest due check is 9\d s late$/)],
      redis: null,
    },
  ])
  await dueSince(server, '30 seconds')
  expect(await readiness(server)).toEqual([200, { isReady: true, reasons: [], redis: null }])
})

test('not ready while a mail is late', async () => {
  await using server = await openTestServer()
  const { userIds } = await watch(server.database, { members: ['alice@pharos.example'] })
  await server.database.pool.query(
    `INSERT INTO account_mails (kind, user_id, recipient, expires_at, next_attempt_at)
     VALUES ('VERIFY_EMAIL', $1, 'alice@pharos.example', now() + interval '1 day', now() - interval '120.4 seconds')`,
    userIds,
  )
  expect(await readiness(server)).toEqual([
    503,
    {
      isReady: false,
      reasons: [expect.stringMatching(/^the oldest due alert or mail is 12\d s late$/)],
      redis: null,
    },
  ])
})

test('alive but not ready while the database is gone', async () => {
  const gone = openDatabase('postgres://pharos@127.0.0.1:1/pharos')
  await using server = await openTestServer({ deps: { database: gone } })
  expect(await readiness(server)).toEqual([
    503,
    { isReady: false, reasons: ['the database does not answer'], redis: null },
  ])
  const health = await fetch(`${server.url}/healthz`)
  expect([health.status, await health.text()]).toEqual([200, 'ok'])
  await gone.close()
})

test('ready while Redis is away, and telling of it', async () => {
  await using redisServer = await startRedis()
  const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }])
  const redis = openRedis(redisServer.url, keyring, createLog('silent'))
  await using server = await openTestServer({ deps: { redis } })
  await eventually('Redis is up', () => redis.isUp())
  expect(await readiness(server)).toEqual([200, { isReady: true, reasons: [], redis: 'up' }])
  expect(await figures(server)).toMatch(/^pharos_redis_up 1$/m)
  await redisServer.kill()
  await eventually('Redis is away', () => !redis.isUp())
  expect(await readiness(server)).toEqual([200, { isReady: true, reasons: [], redis: 'away' }])
  expect(await figures(server)).toMatch(/^pharos_redis_up 0$/m)
  redis.close()
})

test('the figures are in the format of Prometheus', async () => {
  await using server = await openTestServer()
  await dueSince(server, '90.4 seconds')
  const answer = await fetch(`${server.url}/metrics`)
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  const text = await answer.text()
  expect(text).toMatch(/^pharos_oldest_due_slot_late_seconds 9\d/m)
  expect(text).toContain('pharos_oldest_due_alert_late_seconds 0')
  expect(text).toMatch(/^pharos_postgres_pool_connections\{state="open"\} \d+$/m)
  expect(text).toContain('process_resident_memory_bytes')
  expect(text).toMatch(/^pharos_redis_up NaN$/im)
})

async function readiness({ url }: TestServer): Promise<[number, unknown]> {
  const answer = await fetch(`${url}/readyz`)
  return [answer.status, await answer.json()]
}

async function figures({ url }: TestServer): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

async function dueSince({ database }: TestServer, interval: string): Promise<void> {
  const { monitors } = await watch(database, {})
  await database.pool.query('DELETE FROM assignments')
  await database.pool.query(
    `INSERT INTO assignments (monitor_id, workspace_id, region, slot_at, claimable_at)
     VALUES ($1, $2, 'local', now(), now() - $3::interval)`,
    [monitors[0]!.monitorId, monitors[0]!.workspaceId, interval],
  )
}
