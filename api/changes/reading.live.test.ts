import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { makeWorkspace } from '../../test/monitors.ts'
import { inTransaction } from '../platform/database.ts'
import { ofMonitor } from './change.ts'
import { announce } from './deeds.ts'
import { createFeeds, type Feeds } from './reading.ts'

let database: TestDatabase
let feeds: Feeds

beforeAll(async () => {
  database = await openTestDatabase()
  feeds = createFeeds(database)
})
afterAll(() => database.close())

it('replays, then follows', async () => {
  const workspaceId = await makeWorkspace(database)
  const say = (count: number) =>
    inTransaction(database, async (tx) => {
      announce(
        tx,
        Array.from({ length: count }, () =>
          ofMonitor({ id: randomUUID(), workspaceId }, 'UPDATED'),
        ),
      )
    })
  await say(250)
  const reader = await feeds.follow({ workspaceId, after: '120', wants: () => true })
  const seen: number[] = []
  for (let i = 0; i < 130; i++) seen.push((await reader.next()).value!.position)
  await say(3)
  for (let i = 0; i < 3; i++) seen.push((await reader.next()).value!.position)
  expect(seen).toEqual(Array.from({ length: 133 }, (_, i) => 121 + i))
  await reader.return!()
})
