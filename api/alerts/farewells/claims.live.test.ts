import { expect, it } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import { openFarewellStage as openStage } from '../../../test/farewell-stage.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import type { Watched } from '../../../test/monitors.ts'
import { turnWithin } from '../../../test/telling.ts'
import type { Queue } from '../../outbox/lane.ts'
import { claimDue } from '../../outbox/store.ts'
import { inTransaction } from '../../platform/database.ts'
import { readDigest } from '../digests/store.ts'

type Stage = Awaited<ReturnType<typeof openStage>>

const MAILS: Queue = { table: 'alerts', channel: 'EMAIL' }
const FAREWELLS: Queue = { table: 'farewells', channel: null }
const WISH = { most: 10, perReceiver: 10, perWorkspace: 10, held: [] }

const claim = ({ database }: Stage, queue: Queue) => claimDue(database.pool, queue, WISH)

/** What `begin` deletes is deleted once all is decided and `meanwhile` is done. */
async function whileDeleting<T>(
  { database }: Stage,
  begin: () => Promise<{ deleting: Promise<void> }>,
  meanwhile: () => Promise<T>,
): Promise<T> {
  const { deleting, done } = await inTransaction(database, async (holding) => {
    await holding.query('LOCK TABLE purges IN SHARE MODE')
    const { deleting } = await begin()
    await eventually('all is decided', async () => {
      const { rowCount } = await database.pool.query(
        `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
         WHERE d.datname = current_database() AND l.relation = 'purges'::regclass AND NOT l.granted`,
      )
      return rowCount === 1
    })
    return { deleting, done: await meanwhile() }
  })
  await deleting
  return done
}

it('nobody is told that a monitor is down that is deleted at that moment', async () => {
  await using stage = await openStage()
  const begin = () =>
    inTransaction(stage.database, async (telling) => {
      await turnWithin(telling, { ...stage.first, from: 'UP', to: 'DOWN', at: Date.now() })
      const deleting = stage.remove(stage.first)
      await untilSomebodyWaits(stage.database)
      return { deleting }
    })
  expect(await whileDeleting(stage, begin, () => claim(stage, MAILS))).toEqual([])
  expect(await stage.farewells('EMAIL')).toEqual([])
})

it('a digest that is claimed while a monitor is deleted says nothing of it', async () => {
  await using stage = await openStage({ count: 7 })
  const { database, monitors } = stage
  await stage.goDown()
  await database.pool.query(`UPDATE digests SET next_attempt_at = now() - interval '1 s'`)
  const begin = async () => ({ deleting: stage.remove(monitors[5] as Watched) })
  const { reading } = await whileDeleting(stage, begin, async () => {
    const [digest] = await stage.claimDigests()
    const reading = readDigest(database.pool, digest!.id)
    await Promise.race([reading, untilSomebodyWaits(database, 2)])
    return { reading }
  })
  expect((await reading)?.entries).toMatchObject([{ monitorName: 'monitor-6' }])
  expect(await stage.farewells('EMAIL')).toEqual([])
})

it('the end waits for a digest that is being told and may tell the beginning', async () => {
  await using stage = await openStage({ count: 6 })
  await stage.goDown()
  await stage.letPass(2)
  await stage.claimDigests()
  await stage.remove(stage.monitors[5] as Watched)
  await stage.review()
  expect(await stage.farewells('EMAIL')).toMatchObject([{ status: 'PENDING', digestId: null }])
  expect(await claim(stage, FAREWELLS)).toEqual([])
  await stage.database.pool.query(`UPDATE digests SET status = 'SENT', sent_at = now()`)
  expect(await claim(stage, FAREWELLS)).toHaveLength(1)
})
