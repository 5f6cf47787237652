import { expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { makeWorkspace } from '../../../test/monitors.ts'
import { bareAttempt } from '../channels/attempt.ts'
import { forgetAttempts } from './jobs.ts'
import { insertAttempts, readAttempts } from './store.ts'

const DAY_MS = 86_400_000

it('keeps what was sent for 30 days', async () => {
  await using database = await openTestDatabase()
  const deps = testDeps(database)
  const workspaceId = await makeWorkspace(database)
  const { id: channelId } = await addChannel(deps, workspaceId, { ntfy: { topic: 'x' } })
  const now = Date.now()
  const ages = { young: 30 * DAY_MS - 1_000, old: 30 * DAY_MS + 1_000 }
  for (const [why, ageMs] of Object.entries(ages)) {
    const { attempts } = bareAttempt({ outcome: 'RETRY', why }, now - ageMs, 12)
    await insertAttempts(database.pool, { workspaceId, channelId }, attempts)
  }
  await forgetAttempts({ database, clock: { now: () => now } })
  const kept = await database.prisma.deliveryAttempt.findMany()
  expect(kept).toMatchObject([{ why: 'young', durationMs: 12, outcome: 'RETRY' }])
})

it('lists the attempts of one delivery newest first, however soon one came after the other', async () => {
  await using database = await openTestDatabase()
  const deps = testDeps(database)
  const workspaceId = await makeWorkspace(database)
  const { id: channelId } = await addChannel(deps, workspaceId, { ntfy: { topic: 'x' } })
  const reasons = Array.from({ length: 10 }, (_, index) => `message ${index}`)
  const made = reasons.flatMap((why) => bareAttempt({ outcome: 'RETRY', why }, Date.now()).attempts)
  await insertAttempts(database.pool, { workspaceId, channelId }, made)
  const listed = await readAttempts(deps, workspaceId, { channelId }, {})
  expect(listed.map(({ why }) => why)).toEqual(reasons.toReversed())
})

it('keeps an attempt whose channel was deleted meanwhile', async () => {
  await using database = await openTestDatabase()
  const workspaceId = await makeWorkspace(database)
  const { attempts } = bareAttempt({ outcome: 'ACCEPTED' }, Date.now())
  const channelId = '01936f00-0000-7000-8000-00000000000a'
  await insertAttempts(database.pool, { workspaceId, channelId }, attempts)
  expect(await database.prisma.deliveryAttempt.findMany()).toMatchObject([{ channelId: null }])
})
