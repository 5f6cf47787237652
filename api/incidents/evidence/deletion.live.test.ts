import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { turn } from '../../../test/telling.ts'
import { inTransaction } from '../../platform/database.ts'
import { forgetExpired } from './deeds.ts'
import { claimEvidence, settleEvidence } from './store.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await openTestDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const [monitor] = (await watch(database, {})).monitors as [Watched]
  await turn(database, { ...monitor, from: 'UP', to: 'DOWN', at: Date.now() })
})

test('whoever settles evidence holds nothing of it while its incident is being deleted', async () => {
  const claimed = (await claimEvidence(database.pool))!
  const none = { response: null, picture: null, problem: 'none' }
  const { settling } = await inTransaction(database, async (deleting) => {
    await deleting.query('SELECT FROM incidents FOR UPDATE')
    const settling = inTransaction(database, (tx) => settleEvidence(tx, claimed, none))
    await untilSomebodyWaits(database)
    await deleting.query('SELECT FROM evidence FOR UPDATE NOWAIT')
    await deleting.query('DELETE FROM incidents')
    return { settling }
  })
  expect(await settling).toBe(false)
})

test('what is expired is left where its incident is being deleted', async () => {
  await database.pool.query(
    `UPDATE evidence SET due_at = NULL, created_at = now() - interval '1 year'`,
  )
  await inTransaction(database, async (deleting) => {
    await deleting.query('SELECT FROM incidents FOR UPDATE')
    await forgetExpired(testDeps(database))
    await deleting.query('SELECT FROM evidence FOR UPDATE NOWAIT')
  })
  expect(await database.prisma.evidence.count()).toBe(1)
  await forgetExpired(testDeps(database))
  expect(await database.prisma.evidence.count()).toBe(0)
})
