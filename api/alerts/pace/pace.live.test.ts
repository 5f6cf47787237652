import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../../test/channels.ts'
import { eventually } from '../../../test/eventually.ts'
import { openFarewellStage } from '../../../test/farewell-stage.ts'
import type { Watched } from '../../../test/monitors.ts'
import { ADA, openStormStage, type StormStage } from '../../../test/storm-stage.ts'
import { forgetTold } from './jobs.ts'

describe.concurrent('the pace of a recipient', () => {
  it('is one where a mailbox is told by its address and as a contact’s channel', async () => {
    await using stage = await openStormStage({ count: 8 })
    const contactId = await addContact(stage.deps, stage.workspaceId, { email: ADA })
    await addChannel(stage.deps, stage.workspaceId, { email: { contactId } })
    // Those with settings of their own, and nobody in them, tell the mailbox by its address.
    await stage.database.pool.query(
      'UPDATE monitors SET has_own_alert_settings = true WHERE id = ANY ($1)',
      [stage.monitors.slice(0, 4).map(({ monitorId }) => monitorId)],
    )
    await stage.goDown()
    expect(await stage.portions()).toEqual({ singles: 5, 1: 3 })
    expect(await stage.digests()).toMatchObject([{ channelId: null }])
    await using _ = stage.dispatch()
    await stage.letPass(1)
    await stage.settled()
    expect(stage.sink.mails.map(({ recipient }) => recipient)).toEqual(Array(6).fill(ADA))
  })

  it('is that of when alerts were let go, where they were kept back', async () => {
    await using stage = await openStormStage({ count: 6 })
    await stage.goDown(stage.monitors.slice(0, 5))
    await stage.letPass(120)
    await stage.database.pool.query('UPDATE alerts SET released_at = now()')
    await stage.goDown(stage.monitors.slice(5))
    expect(await stage.portions()).toEqual({ singles: 5, 1: 1 })
  })

  it('keeps to what its channel takes an hour, over an hour of storm', async () => {
    await using stage = await openStormStage({ count: 7 })
    await stage.addNtfy({ maxPerHour: 1 })
    await using _ = stage.dispatch()
    for (const monitor of stage.monitors.slice(0, 6)) {
      await stage.goDown([monitor])
      await allDueIsTold(stage)
      expect(stage.receiver.received).toHaveLength(1)
      await stage.letPass(10)
    }
    await stage.goDown(stage.monitors.slice(6))
    await eventually('the digest of an hour is told', () => stage.receiver.received.length === 2)
    expect(stage.receiver.received[1]?.body).toMatch(/monitor-1[^]*monitor-5/)
  })

  it('counts a digest that is being sent', async () => {
    await using stage = await openStormStage({ count: 3 })
    const [first, second, third] = stage.monitors as [Watched, Watched, Watched]
    await stage.addNtfy({ maxPerHour: 1 })
    await stage.goDown([first])
    await stage.goDown([second])
    await stage.letPass(60)
    expect(await stage.claimDigests('NTFY')).toHaveLength(1)
    await stage.goDown([third])
    expect(await stage.portions('NTFY')).toEqual({ singles: 1, 1: 1, 2: 1 })
  })

  it('counts each message of a digest', async () => {
    await using stage = await openStormStage({ count: 102 })
    await stage.addNtfy({ maxPerHour: 8 })
    await using _ = stage.dispatch()
    await stage.goDown(stage.monitors.slice(0, 100))
    await stage.letPass(1)
    await stage.settled()
    expect(stage.receiver.received).toHaveLength(5 + 2)
    await stage.letPass(1)
    await stage.goDown(stage.monitors.slice(100))
    expect(await stage.portions('NTFY')).toEqual({ singles: 6, 1: 95, 2: 1 })
  })
})

it('what was told of a monitor that is deleted is forgotten after two hours', async () => {
  await using stage = await openFarewellStage()
  await stage.goDown([stage.first])
  await stage.tell()
  await stage.remove(stage.first)
  const left = () => stage.database.prisma.toldMessage.count()
  await stage.letPass(119)
  await forgetTold(stage.deps)
  expect(await left()).toBe(1)
  await stage.letPass(2)
  await forgetTold(stage.deps)
  expect(await left()).toBe(0)
})

/** What is due by now over ntfy has been told, or there is nothing. */
async function allDueIsTold({ database }: StormStage): Promise<void> {
  await eventually('nothing is due', async () => {
    const { rows } = await database.pool.query<{ due: number }>(
      `SELECT count(*)::int AS due FROM (
         SELECT next_attempt_at FROM alerts WHERE status = 'PENDING' AND digest_id IS NULL
         UNION ALL SELECT next_attempt_at FROM digests WHERE status = 'PENDING'
       ) waiting WHERE next_attempt_at <= now() + interval '1 minute'`,
    )
    return rows[0]?.due === 0
  })
}
