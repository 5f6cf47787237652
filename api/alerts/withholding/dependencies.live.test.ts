import { describe, expect, it } from 'vitest'
import { openStage, type Stage } from './testing/stage.ts'

describe.concurrent('under a parent that is down', () => {
  it('keeps the child back, and tells of it if it is still down a minute after the parent', async () => {
    await using stage = await openStage()
    await stage.depend()
    await stage.goDown(stage.parent)
    await stage.setStatus(stage.parent, 'DOWN')
    await stage.goDown(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    expect(await stage.told(stage.parent)).toEqual(['DOWN PENDING'])
    await stage.setStatus(stage.parent, 'UP')
    await stage.comeUp(stage.parent)
    await upSince(stage, 30)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD DEPENDENCY'])
    await upSince(stage, 61)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN PENDING DEPENDENCY'])
  })

  it.each([
    ['is set aside', 'quarantined_at = now()'],
    ['was last seen an hour ago', `status_since = now() - interval '61 min'`],
  ])('tells of a child whose parent %s', async (_how, change) => {
    await using stage = await openStage()
    const reviewAfter = async (set: string) => {
      const { monitorId } = stage.parent
      await stage.database.pool.query(`UPDATE monitors SET ${set} WHERE id = $1`, [monitorId])
      await stage.review()
      return stage.told()
    }
    await stage.depend()
    await stage.goDown(stage.parent)
    await stage.setStatus(stage.parent, 'UNKNOWN')
    await stage.goDown(stage.child)
    const unseen = `status_since = now() - interval '59 min'`
    expect(await reviewAfter(unseen)).toEqual(['DOWN WITHHELD DEPENDENCY'])
    expect(await reviewAfter(change)).toEqual(['DOWN PENDING DEPENDENCY'])
  })

  it('tells nothing of a child that comes up with it', async () => {
    await using stage = await openStage()
    await stage.depend()
    await stage.setStatus(stage.parent, 'DOWN')
    await stage.goDown(stage.child)
    await stage.setStatus(stage.parent, 'UP')
    await stage.comeUp(stage.child)
    await stage.review()
    expect(await stage.told()).toEqual(['DOWN WITHHELD OVER', 'UP WITHHELD NOT_TOLD'])
  })
})

/** The parent came up so many seconds ago. */
async function upSince({ database, parent }: Stage, seconds: number): Promise<void> {
  await database.pool.query(
    `UPDATE incidents SET resolved_at = now() - $2 * interval '1 s' WHERE monitor_id = $1`,
    [parent.monitorId, seconds],
  )
}
