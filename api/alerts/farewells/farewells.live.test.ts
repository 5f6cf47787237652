import { describe, expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { startReceiver } from '../../../test/receivers/receiver.ts'
import { turn } from '../../../test/telling.ts'
import type { Principal } from '../../accounts/principal.ts'
import { resolveIncident } from '../../incidents/deeds.ts'
import { deleteMonitor } from '../../monitors/deeds.ts'
import { startDispatcher } from '../../outbox/jobs.ts'
import { inTransaction } from '../../platform/database.ts'
import { digestLanes } from '../digests/jobs.ts'
import { alertLanes } from '../jobs.ts'
import { farewellLane, forgetFarewells } from './jobs.ts'
import { reviewFarewells } from './release/deeds.ts'

const startedAt = Date.UTC(2026, 10, 20, 3)

/** Monitors of Alice's, whose mailbox and webhook hear everything of them. */
async function openStage({ count = 1 } = {}) {
  const [database, receiver] = [
    await openTestDatabase(),
    await startReceiver(() => ({ status: 204 })),
  ]
  const { pool, prisma } = database
  const deps = testDeps(database, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const { workspaceId, userIds, monitors } = await watch(database, {
    members: ['alice@example.com'],
    count,
  })
  const [monitor] = monitors as [Watched]
  await prisma.user.update({ where: { id: userIds[0]! }, data: { name: 'Alice' } })
  const channel = await addChannel(deps, workspaceId, { webhook: { url: receiver.url } })
  const alice = { workspaceId, userId: userIds[0] } as Principal
  const farewells = () => prisma.farewell.findMany({ orderBy: { channel: 'asc' } })
  const incidentId = async () => (await prisma.incident.findFirstOrThrow()).id
  return {
    database,
    deps,
    workspaceId,
    receiver,
    channel,
    monitors,
    incidentId,
    goDown: (which = monitor) =>
      turn(database, { ...which, from: 'UP', to: 'DOWN', at: startedAt }),
    comeUp: () => turn(database, { ...monitor, from: 'DOWN', to: 'UP', at: startedAt + 60_000 }),
    goSlow: () => turn(database, { ...monitor, from: 'UP', to: 'DEGRADED', at: startedAt }),
    beFast: () =>
      turn(database, { ...monitor, from: 'DEGRADED', to: 'UP', at: startedAt + 60_000 }),
    tellSomebodyElse: (email: string) =>
      pool.query('UPDATE monitors SET alert_email = $1', [email]),
    /** As if whatever is told of it had been sent, or tried, or withheld. */
    become: (change: string) => pool.query(`UPDATE alerts SET ${change}`),
    resolve: async () => resolveIncident(deps, alice, await incidentId()),
    remove: (which = monitor) => deleteMonitor(deps, alice, which.monitorId),
    /** As if they had waited long enough. */
    async letPass() {
      await pool.query(
        `UPDATE farewells SET created_at = created_at - interval '31 s', review_at = now() - interval '1 s'`,
      )
      await reviewFarewells(deps)
      await pool.query('UPDATE digests SET next_attempt_at = now()')
    },
    farewells,
    told: async () => (await farewells()).map(({ channel }) => channel),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, ...digestLanes, farewellLane])
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

const SENT = `status = 'SENT', sent_at = now()`

describe.concurrent('of a monitor that is deleted while it is down', () => {
  it('the end is told to whoever was told the beginning, under the same incident', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become(SENT)
    const incidentId = await stage.incidentId()
    await stage.remove()
    expect(await stage.told()).toEqual(['EMAIL', 'WEBHOOK'])
    await stage.letPass()
    await using _ = stage.dispatch()
    const [sent] = await eventually('it arrives', () => {
      const { received } = stage.receiver
      return received.length > 0 && received
    })
    const [, farewell] = await stage.farewells()
    expect(sent?.headers['webhook-id']).toBe(farewell?.id)
    expect(JSON.parse(sent?.body ?? '')).toMatchObject({
      type: 'alert.resolved',
      data: {
        title: 'The incident of Shop is closed',
        text: 'The monitor was deleted (Alice).',
        url: expect.stringMatching(/\/incidents$/),
        alert: { by: 'Alice' },
        incident: { id: Buffer.from(`Incident:${incidentId}`).toString('base64url') },
      },
    })
    await eventually('it is settled, and stands in the log of its channel', async () => {
      const where = { channelId: stage.channel.id, outcome: 'ACCEPTED' } as const
      return (await stage.database.prisma.deliveryAttempt.count({ where })) === 1
    })
  })

  it('nothing is told to whom nothing was', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become(
      `status = 'WITHHELD', withheld_reason = 'MAINTENANCE' WHERE channel = 'EMAIL'`,
    )
    await stage.remove()
    expect(await stage.told()).toEqual([])
  })

  it('the end is told once, where somebody resolves it meanwhile', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become(SENT)
    const removals = [stage.remove(), stage.resolve(), stage.remove()]
    const [one, , other] = await Promise.allSettled(removals)
    const [lost] = [one, other].filter((end) => end?.status === 'rejected')
    expect(lost?.reason).toMatchObject({ code: 'NOT_FOUND' })
    expect(await stage.told()).toEqual(['EMAIL', 'WEBHOOK'])
  })

  it.each([
    ['to be sent', `status = 'PENDING'`],
    ['withheld', `status = 'WITHHELD', withheld_reason = 'MAINTENANCE', review_at = 'infinity'`],
  ])(
    'nothing is decided before an alert %s is settled, which waits for nothing',
    async (_, state) => {
      await using stage = await openStage()
      await stage.goDown()
      await stage.become(state)
      const removing = await inTransaction(stage.database, async (settling) => {
        await settling.query(`UPDATE alerts SET ${SENT} WHERE channel = 'WEBHOOK'`)
        const ended = stage.remove()
        await untilSomebodyWaits(stage.database)
        await settling.query('SELECT FROM monitors FOR KEY SHARE NOWAIT')
        return { ended }
      })
      await removing.ended
      expect(await stage.told()).toEqual(['WEBHOOK'])
    },
  )

  it('the end is told to whoever has taken the place of a mailbox that was told the beginning', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become(SENT)
    await stage.tellSomebodyElse('bob@example.com')
    await stage.database.pool.query('UPDATE users SET email = $1', ['carol@example.com'])
    await stage.remove()
    expect(await stage.farewells()).toMatchObject([{ recipient: 'bob@example.com' }, {}])
  })

  it('nothing overtakes what may be on its way', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become('attempts = 1, fence = 1')
    await stage.remove()
    expect(await stage.told()).toEqual(['EMAIL', 'WEBHOOK'])
    for (const { reviewAt, createdAt } of await stage.farewells())
      expect(reviewAt!.getTime() - createdAt.getTime()).toBe(30_000)
  })
})

describe.concurrent('of a monitor that is deleted after its incident was over', () => {
  it('nothing is told to whom its end was', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.comeUp()
    await stage.become(SENT)
    await stage.remove()
    expect(await stage.told()).toEqual([])
  })

  it('the end is told to those for whom it was kept back to a better hour', async () => {
    await using stage = await openStage()
    await stage.goSlow()
    await stage.become(SENT)
    await stage.beFast()
    await stage.become(
      `status = 'WITHHELD', withheld_reason = 'QUIET_HOURS', review_at = now() + interval '1 hour'
       WHERE type = 'NORMAL' AND channel = 'EMAIL'`,
    )
    await stage.become(`${SENT} WHERE type = 'NORMAL' AND channel = 'WEBHOOK'`)
    await stage.remove()
    expect(await stage.told()).toEqual(['EMAIL'])
  })

  it('nothing is told to a mailbox in whose place another was told', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become(SENT)
    await stage.tellSomebodyElse('bob@example.com')
    await stage.database.pool.query('UPDATE users SET email = $1', ['carol@example.com'])
    await stage.comeUp()
    await stage.become(`${SENT} WHERE type = 'UP' AND channel = 'EMAIL'`)
    await stage.remove()
    expect(await stage.told()).toEqual(['WEBHOOK'])
  })

  it('the end is told to those for whom it was still on its way', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become(SENT)
    await stage.resolve()
    await stage.become(`${SENT} WHERE type = 'RESOLVED' AND channel = 'EMAIL'`)
    await stage.remove()
    expect(await stage.told()).toEqual(['WEBHOOK'])
  })
})

describe.concurrent('of monitors that are deleted one after the other', () => {
  it('whoever reads is told in one message, and a program of each', async () => {
    await using stage = await openStage({ count: 2 })
    const [first, second] = stage.monitors as [Watched, Watched]
    const ntfy = { server: stage.receiver.url, topic: 'alerts' }
    await addChannel(stage.deps, stage.workspaceId, { ntfy })
    await stage.goDown(first)
    await stage.goDown(second)
    await stage.become(SENT)
    await stage.remove(first)
    await stage.remove(second)
    await stage.letPass()
    await using _ = stage.dispatch()
    await eventually('all is told', () => stage.receiver.received.length >= 3)
    const told = stage.receiver.received.map(({ body }) => body)
    expect(told.filter((body) => body.includes('alert.resolved'))).toHaveLength(2)
    expect(told.filter((body) => body.includes('2 alerts: 2 closed'))).toHaveLength(1)
  })

  it('at one moment, whoever reads is told in one message all the same', async () => {
    await using stage = await openStage({ count: 2 })
    for (const monitor of stage.monitors) await stage.goDown(monitor)
    await stage.become(SENT)
    const removing = await inTransaction(stage.database, async (holding) => {
      await holding.query('LOCK TABLE farewells IN SHARE ROW EXCLUSIVE MODE')
      const both = Promise.all(stage.monitors.map(stage.remove))
      await untilSomebodyWaits(stage.database, 2)
      return { both }
    })
    await removing.both
    await stage.letPass()
    const [one, other] = await stage.farewells()
    expect(one?.digestId).not.toBeNull()
    expect(other?.digestId).toBe(one?.digestId)
  })

  it('the end waits no longer once its receiver takes anything', async () => {
    await using stage = await openStage({ count: 2 })
    const [gone, other] = stage.monitors as [Watched, Watched]
    await stage.goDown(gone)
    await stage.become(SENT)
    await stage.remove(gone)
    await stage.letPass()
    await stage.database.pool.query(
      `UPDATE farewells SET attempts = 8, fence = 8, next_attempt_at = now() + interval '12 hours'`,
    )
    await stage.goDown(other)
    await using _ = stage.dispatch()
    await eventually('both are told', () => stage.receiver.received.length === 2)
  })
})

it('a farewell that has come to an end is kept for a month', async () => {
  await using stage = await openStage()
  await stage.goDown()
  await stage.become(SENT)
  await stage.remove()
  const age = (channel: string, days: number) =>
    stage.database.pool.query(
      `UPDATE farewells SET status = 'SENT', sent_at = now(), review_at = NULL,
         created_at = now() - $2 * interval '1 day'
       WHERE channel = $1`,
      [channel, days],
    )
  await age('EMAIL', 31)
  await age('WEBHOOK', 29)
  await forgetFarewells(stage.deps)
  expect(await stage.told()).toEqual(['WEBHOOK'])
})
