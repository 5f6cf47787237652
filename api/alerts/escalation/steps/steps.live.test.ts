import { describe, expect, it } from 'vitest'
import { takeBack } from '../../../../test/telling.ts'
import { lockForEdit } from '../../../monitors/store.ts'
import { inTransaction } from '../../../platform/database.ts'
import { openStage, startedAt, wait } from './testing/stage.ts'

describe.concurrent('while nobody acknowledges', () => {
  it('tells one step after the other, each when it is due, and then no more', async () => {
    await using stage = await openStage()
    await stage.goDown()
    expect(await wait(stage, 4)).toEqual([])
    const afterFirst = ['DOWN first.example 1']
    expect(await wait(stage, 1)).toEqual(afterFirst)
    expect(await wait(stage, 9)).toEqual(afterFirst)
    const afterSecond = [...afterFirst, 'DOWN first.example 2', 'DOWN second.example 2']
    expect(await wait(stage, 1)).toEqual(afterSecond)
    expect(await wait(stage, 1_000)).toEqual(afterSecond)
    expect((await stage.entries()).slice(1)).toEqual([
      'ESCALATED Nobody is at it. Step 1, told: first.example.',
      'ESCALATED Nobody is at it. Step 2, told: first.example, second.example.',
    ])
  })

  it('tells a mailbox once, be it told by its address just now or called as two channels', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.callMailboxes(['ada@example.com', 'kim@example.com'])
    await stage.take()
    expect(await stage.mailed()).toEqual(['ada@example.com 0', 'kim@example.com 1'])
    await wait(stage, 10)
    expect((await stage.mailed()).slice(2).toSorted()).toEqual([
      'ada@example.com 2',
      'kim@example.com 2',
    ])
  })

  it('begins again as often as the policy says', async () => {
    await using stage = await openStage({ repeats: 1 })
    await stage.goDown()
    for (const minutes of [5, 10, 5, 10, 1_000]) await wait(stage, minutes)
    expect(await stage.told()).toHaveLength(6)
  })

  it('takes each step once, whoever looks', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.letPass(5)
    await Promise.all([stage.take(), stage.take(), stage.take()])
    expect(await stage.told()).toEqual(['DOWN first.example 1'])
  })

  it('goes on by the policy as it was when the incident opened', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.database.prisma.escalationPolicy.delete({ where: { id: stage.policyId } })
    expect(await wait(stage, 5)).toEqual(['DOWN first.example 1'])
  })

  it('leaves out channels that do not work, and says so', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.database.pool.query('UPDATE channels SET disabled_at = now()')
    expect(await wait(stage, 5)).toEqual([])
    expect((await stage.entries()).at(-1)).toBe(
      'ESCALATED Nobody is at it. Step 1, none of its channels works.',
    )
  })

  it('does not tell at once again who heard it at the opening', async () => {
    await using stage = await openStage()
    await stage.database.pool.query(
      `UPDATE escalation_policies SET steps = jsonb_set(steps, '{0,afterMinutes}', '0')`,
    )
    await stage.database.pool.query(
      'INSERT INTO alert_settings (workspace_id, channel_id) VALUES ($1, $2)',
      [stage.monitor.workspaceId, stage.first],
    )
    await stage.goDown()
    expect(await wait(stage, 0)).toEqual(['DOWN first.example 0'])
    expect(await wait(stage, 10)).toHaveLength(3)
  })
})

it('passes over a monitor that is being edited, and takes its step afterwards', async () => {
  await using stage = await openStage()
  await stage.goDown()
  await stage.letPass(5)
  await inTransaction(stage.database, async (tx) => {
    await lockForEdit(tx, { ...stage.monitor, id: stage.monitor.monitorId })
    await stage.take()
    expect(await stage.told()).toEqual([])
  })
  expect(await wait(stage, 0)).toEqual(['DOWN first.example 1'])
})

describe.concurrent('ends', () => {
  it('when the monitor is up again, and whoever was called hears that', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await wait(stage, 5)
    await stage.comeUp()
    expect(await wait(stage, 1_000)).toEqual(['DOWN first.example 1', 'UP first.example 0'])
    expect((await stage.incident()).escalation).toBeNull()
  })

  it('when it never was', async () => {
    await using stage = await openStage()
    const [transitionId] = await stage.goDown()
    const gone = { ...stage.monitor, from: 'UP', to: 'DOWN', at: startedAt } as const
    await takeBack(stage.database, gone, transitionId!)
    expect(await wait(stage, 1_000)).toEqual([])
  })

  it('when somebody resolves it', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.resolve()
    expect(await wait(stage, 1_000)).toEqual([])
  })

  it('when somebody acknowledges, as long as that holds', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.acknowledge()
    expect(await wait(stage, 1_000)).toEqual([])
    expect((await stage.incident()).acknowledgementEndsAt).toBeNull()
  })
})
