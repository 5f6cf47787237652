import { describe, expect, it } from 'vitest'
import { turnWithin } from '../../../test/telling.ts'
import { inTransaction } from '../../platform/database.ts'
import { lockPending } from '../farewells/store.ts'
import { reviewWithheld } from './deeds.ts'
import { openStage } from './testing/stage.ts'

describe.concurrent('in maintenance', () => {
  it('keeps back a failure that ends within it, and its end', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await stage.comeUp(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
    await stage.endMaintenance()
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
  })

  it('tells a failure that outlives it when it ends, with why it was late, and then its end', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await stage.endMaintenance()
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
    await stage.comeUp(stage.child)
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE', 'UP PENDING'])
  })

  it('says in its message and in the timeline how late it is, and nothing where it is on time', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.parent)
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await stage.database.pool.query(
      `UPDATE alerts SET created_at = created_at - interval '42 min' WHERE status = 'WITHHELD'`,
    )
    await stage.endMaintenance()
    await stage.review()
    expect(await stage.lateness(stage.parent)).toBeNull()
    expect(await stage.lateness(stage.child)).toMatch(
      /^withheld for 42 min.*: it was being worked on$/,
    )
    const entries = await stage.database.prisma.incidentEntry.findMany({
      where: { kind: 'RELEASED' },
    })
    expect(entries.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^Told now, withheld for 42 min.*: it was being .*To: ada@example.com.$/,
      ),
    ])
  })

  it('is looked at when it ends, and not before', async () => {
    await using stage = await openStage()
    await stage.maintain(0.9)
    await stage.goDown(stage.child)
    expect(await reviewWithheld(stage.deps)).toBe(true)
    const { rows } = await stage.database.pool.query(
      'SELECT a.review_at = s.ends_at AS "isAtTheEnd" FROM alerts a, maintenance_spans s',
    )
    expect(rows).toEqual([{ isAtTheEnd: true }])
  })

  it('tells it within a minute where somebody ends it while that is decided', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await inTransaction(stage.database, async (deciding) => {
      await turnWithin(deciding, stage.turning(stage.child, 'UP', 'DOWN'))
      await stage.endByHand()
    })
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await stage.letPass('1 minute')
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
  })

  it('ends by hand without waiting for who deletes a monitor, who may wait for its end', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.goDown(stage.child)
    await inTransaction(stage.database, async (deleting) => {
      await lockPending(deleting, { ...stage.child, id: stage.child.monitorId })
      await stage.endByHand()
    })
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
    await stage.letPass('1 minute')
    expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
  })

  it('tells that it is over what was told before', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.child)
    await stage.maintain(10)
    await stage.comeUp(stage.child)
    expect(await stage.told()).toEqual(['DOWN PENDING', 'UP PENDING'])
  })

  it('holds for the monitors of the window only', async () => {
    await using stage = await openStage()
    await stage.maintain(10)
    await stage.database.pool.query('UPDATE maintenance_windows SET is_for_all = false')
    await stage.database.pool.query(
      'INSERT INTO maintained_monitors (window_id, monitor_id) SELECT id, $1 FROM maintenance_windows',
      [stage.parent.monitorId],
    )
    await stage.goDown(stage.parent)
    await stage.goDown(stage.child)
    expect(await stage.told(stage.parent)).toEqual(['DOWN WITHHELD MAINTENANCE'])
    expect(await stage.told()).toEqual(['DOWN PENDING'])
  })
})

it('lets each alert go once, whoever looks', async () => {
  await using stage = await openStage()
  await stage.maintain(10)
  for (const monitor of [stage.parent, stage.child]) await stage.goDown(monitor)
  await stage.endMaintenance()
  await stage.database.pool.query(`UPDATE alerts SET review_at = now() - interval '1 s'`)
  await Promise.all(Array.from({ length: 4 }, () => reviewWithheld(stage.deps)))
  expect([...(await stage.told()), ...(await stage.told(stage.parent))]).toEqual([
    'DOWN PENDING MAINTENANCE',
    'DOWN PENDING MAINTENANCE',
  ])
})

it('is left alone while its incident ends: its end would be withheld, and it told', async () => {
  await using stage = await openStage()
  await stage.maintain(10)
  await stage.goDown(stage.child)
  await stage.endMaintenance()
  await inTransaction(stage.database, async (tx) => {
    await tx.query('SELECT FROM incidents FOR UPDATE')
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD MAINTENANCE'])
  })
  await stage.review()
  expect(await stage.told()).toEqual(['DOWN PENDING MAINTENANCE'])
})
