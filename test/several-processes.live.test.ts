import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type App, createApp } from '../api/app.ts'
import { ofMonitor } from '../api/changes/change.ts'
import { announce } from '../api/changes/deeds.ts'
import { createFeeds } from '../api/changes/reading.ts'
import { inTransaction } from '../api/platform/database.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { makeWorkspace } from './monitors.ts'
import { caller } from './rig/graphql.ts'

const NEVER_MS = 3_600_000
const KEYS = `test:${randomBytes(32).toString('base64')}`
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { token } }'

let database: TestDatabase
let one: App
let other: App
beforeAll(async () => {
  database = await openTestDatabase()
  ;[one, other] = await Promise.all([startApp(), startApp()])
  await eventually('Redis is up', () => one.deps.redis?.isUp() && other.deps.redis?.isUp())
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await database.close()
})

test('what one commits is told at once by the other, which need not look by itself', async () => {
  const workspaceId = await makeWorkspace(database)
  const feeds = createFeeds(other.deps.database, NEVER_MS)
  const reader = await feeds.follow({ workspaceId, after: '0', wants: () => true })
  for (const position of [1, 2, 3]) {
    const told = reader.next()
    const monitor = { id: randomUUID(), workspaceId }
    await inTransaction(one.deps.database, async (tx) =>
      announce(tx, [ofMonitor(monitor, 'UPDATED')]),
    )
    expect((await told).value).toMatchObject({ position, nodeId: monitor.id })
  }
  await reader.return!()
})

test('they count sign-ins together', async () => {
  const signIn = ({ url }: App) => {
    // Another account each time, so that only the address is counted.
    const input = { email: `${randomUUID()}@example.com`, password: 'a lighthouse at night' }
    return caller(() => url).ask(SIGN_IN, { input })
  }
  for (const app of [one, other, one, other, one, other, one, other, one, other])
    await expect(signIn(app)).rejects.toThrow('UNAUTHENTICATED')
  await expect(signIn(one)).rejects.toThrow('RATE_LIMITED')
  await expect(signIn(other)).rejects.toThrow('RATE_LIMITED')
})

function startApp(): Promise<App> {
  return createApp(
    readEnvironment({
      PORT: '0',
      DATABASE_URL: database.url,
      REDIS_URL: inject('redisUrl'),
      ENCRYPTION_KEYS: KEYS,
      ROLES: 'web',
      LOG_LEVEL: 'silent',
    }),
  )
}
