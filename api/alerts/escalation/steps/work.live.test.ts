import { describe, expect, it } from 'vitest'
import { openStage, wait } from './testing/stage.ts'

describe.concurrent('while the monitor is worked on', () => {
  it('calls nobody and claims nothing, and goes on when the work ends', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.work()
    expect(await wait(stage, 5)).toEqual([])
    expect(await wait(stage, 54)).toEqual([])
    expect(await stage.entries()).toHaveLength(1)
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
    expect(await wait(stage, 10)).toHaveLength(3)
  })

  it('goes on within a minute where the work is cut short', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.work()
    expect(await wait(stage, 5)).toEqual([])
    await stage.database.pool.query('UPDATE maintenance_spans SET ends_at = now()')
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
  })

  it('leaves those who hear of it only when it ends the time that the first step gives them', async () => {
    await using stage = await openStage()
    await stage.work()
    await stage.goDown()
    expect(await wait(stage, 60)).toEqual([])
    await stage.review()
    expect(await wait(stage, 4)).toEqual([])
    expect(await wait(stage, 1)).toEqual(['DOWN first.example 1'])
  })

  it('does not keep an acknowledgement that has ended, and calls when the work ends', async () => {
    await using stage = await openStage({ acknowledgementMinutes: 30 })
    await stage.goDown()
    await stage.acknowledge()
    await stage.work()
    expect(await wait(stage, 30)).toEqual([])
    expect((await stage.incident()).status).toBe('OPEN')
    expect(await wait(stage, 30)).toEqual(['DOWN first.example 1'])
  })

  it('lets nobody be called afterwards for what is acknowledged by then', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 5)
    await stage.database.pool.query(
      `UPDATE alerts SET status = 'WITHHELD', withheld_reason = 'MAINTENANCE', review_at = now()`,
    )
    await stage.acknowledge()
    await stage.review()
    const where = { type: 'DOWN' } as const
    expect(
      await stage.database.prisma.alert.findMany({ where, orderBy: { round: 'asc' } }),
    ).toMatchObject([
      { round: 0, status: 'PENDING' },
      { round: 1, status: 'WITHHELD', withheldReason: 'OVER' },
    ])
  })
})
