import { describe, expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { startReceiver } from '../../../test/receivers/receiver.ts'
import { turn } from '../../../test/telling.ts'
import type { Principal } from '../../accounts/principal.ts'
import { resolveIncident } from '../../incidents/deeds.ts'
import { deleteMonitor } from '../../monitors/deeds.ts'
import { startDispatcher } from '../../outbox/jobs.ts'
import { inTransaction } from '../../platform/database.ts'
import { alertLanes } from '../jobs.ts'
import { farewellLane, forgetFarewells } from './jobs.ts'

const startedAt = Date.UTC(2026, 10, 20, 3)

/** A monitor of Alice's, whose mailbox and webhook hear everything of it. */
async function openStage() {
  const [database, receiver] = [
    await openTestDatabase(),
    await startReceiver(() => ({ status: 204 })),
  ]
  const { pool, prisma } = database
  const deps = testDeps(database, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const { workspaceId, userIds, monitors } = await watch(database, {
    members: ['alice@example.com'],
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
    receiver,
    channel,
    incidentId,
    goDown: () => turn(database, { ...monitor, from: 'UP', to: 'DOWN', at: startedAt }),
    comeUp: () => turn(database, { ...monitor, from: 'DOWN', to: 'UP', at: startedAt + 60_000 }),
    /** As if whatever is told of it had been sent, or tried, or withheld. */
    become: (change: string) => pool.query(`UPDATE alerts SET ${change}`),
    resolve: async () => resolveIncident(deps, alice, await incidentId()),
    remove: () => deleteMonitor(deps, alice, monitor.monitorId),
    farewells,
    told: async () => (await farewells()).map(({ channel }) => channel),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, farewellLane])
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
    const [removed] = await Promise.allSettled([stage.remove(), stage.resolve(), stage.remove()])
    expect(removed.status).toBe('fulfilled')
    expect(await stage.told()).toEqual(['EMAIL', 'WEBHOOK'])
  })

  it('nothing is decided before an alert is settled, which waits for nothing', async () => {
    await using stage = await openStage()
    await stage.goDown()
    const removing = await inTransaction(stage.database, async (settling) => {
      await settling.query(`UPDATE alerts SET ${SENT} WHERE channel = 'WEBHOOK'`)
      const ended = stage.remove()
      await eventually('the deletion waits', async () => {
        const { rowCount } = await stage.database.pool.query(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        )
        return rowCount === 1
      })
      await settling.query('SELECT FROM monitors FOR KEY SHARE NOWAIT')
      return { ended }
    })
    await removing.ended
    expect(await stage.told()).toEqual(['WEBHOOK'])
  })

  it('nothing overtakes what may be on its way', async () => {
    await using stage = await openStage()
    await stage.goDown()
    await stage.become('attempts = 1, fence = 1')
    await stage.remove()
    expect(await stage.told()).toEqual(['EMAIL', 'WEBHOOK'])
    for (const { nextAttemptAt, createdAt } of await stage.farewells())
      expect(nextAttemptAt.getTime() - createdAt.getTime()).toBe(30_000)
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

it('a farewell that has come to an end is kept for a month', async () => {
  await using stage = await openStage()
  await stage.goDown()
  await stage.become(SENT)
  await stage.remove()
  const age = (channel: string, days: number) =>
    stage.database.pool.query(
      `UPDATE farewells SET status = 'SENT', sent_at = now(), created_at = now() - $2 * interval '1 day'
       WHERE channel = $1`,
      [channel, days],
    )
  await age('EMAIL', 31)
  await age('WEBHOOK', 29)
  await forgetFarewells(stage.deps)
  expect(await stage.told()).toEqual(['WEBHOOK'])
})
