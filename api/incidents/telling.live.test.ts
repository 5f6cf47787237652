import { describe, expect, it } from 'vitest'
import { addChannel } from '../../test/channels.ts'
import { openTestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { takeBack, turn, type Turning } from '../../test/telling.ts'
import type { Principal } from '../accounts/principal.ts'
import { readNotice } from '../alerts/store.ts'
import { pauseMonitor } from '../monitors/deeds.ts'
import type { Status } from '../monitors/timeline.ts'
import {
  acknowledgeIncident,
  commentIncident,
  resolveIncident,
  withdrawAcknowledgement,
} from './deeds.ts'

const startedAt = Date.now() - 3_600_000

/** A monitor of Alice's, whose mailbox and webhook hear everything of it. */
async function openStage() {
  const database = await openTestDatabase()
  const { pool, prisma } = database
  const deps = testDeps(database)
  const { workspaceId, userIds, monitors } = await watch(database, {
    members: ['alice@example.com'],
  })
  const [monitor] = monitors as [Watched]
  await prisma.user.update({ where: { id: userIds[0]! }, data: { name: 'Alice' } })
  await addChannel(deps, workspaceId, { webhook: { url: 'https://hook.example/' } })
  const alice = { workspaceId, userId: userIds[0] } as Principal
  const incidentId = async () => (await prisma.incident.findFirstOrThrow()).id
  const turning = (from: Status, to: Status, second: number): Turning => ({
    ...monitor,
    from,
    to,
    at: startedAt + second * 1_000,
  })
  return {
    database,
    turning,
    turn: async (from: Status, to: Status, second: number) => {
      const [transitionId] = await turn(database, turning(from, to, second))
      return transitionId!
    },
    acknowledge: async () => acknowledgeIncident(deps, alice, await incidentId()),
    withdraw: async () => withdrawAcknowledgement(deps, alice, await incidentId()),
    resolve: async () => resolveIncident(deps, alice, await incidentId()),
    comment: async () =>
      commentIncident(deps, alice, { incidentId: await incidentId(), text: 'Hm.' }),
    pause: () => pauseMonitor(deps, alice, monitor.monitorId),
    withhold: () =>
      pool.query(
        `UPDATE alerts SET status = 'WITHHELD', withheld_reason = 'MAINTENANCE', review_at = now() + interval '1 h'`,
      ),
    incident: () => prisma.incident.findFirstOrThrow(),
    /** What is told to whom after the beginning, in order; in parentheses what is withheld. */
    async told() {
      const alerts = await prisma.alert.findMany({ orderBy: { position: 'asc' } })
      return alerts
        .filter(({ type }) => !['DOWN', 'SLOW'].includes(type))
        .map(({ type, recipient, withheldReason }) =>
          withheldReason ? `(${type} ${recipient} ${withheldReason})` : `${type} ${recipient}`,
        )
    },
    async lastNotice() {
      const { id } = await prisma.alert.findFirstOrThrow({ orderBy: { position: 'desc' } })
      return readNotice(pool, id)
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

const closed = ['RESOLVED hook.example', 'RESOLVED alice@example.com']

describe.concurrent('whoever was told the beginning hears', () => {
  it('that somebody is at it, but not by mail', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DOWN', 0)
    await stage.acknowledge()
    expect(await stage.told()).toEqual(['ACKNOWLEDGED hook.example'])
    expect(await stage.lastNotice()).toMatchObject({
      type: 'ACKNOWLEDGED',
      entry: { text: 'Acknowledged.', by: 'Alice' },
    })
  })

  it('that nobody is any more, also of what nothing escalates', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DEGRADED', 0)
    await stage.acknowledge()
    await stage.withdraw()
    expect(await stage.told()).toEqual(['ACKNOWLEDGED hook.example', 'REOPENED hook.example'])
    expect(await stage.lastNotice()).toMatchObject({
      type: 'REOPENED',
      incidentKind: 'LATENCY',
      isAcknowledgedThere: true,
      entry: { text: 'Acknowledgement withdrawn.', by: 'Alice' },
    })
  })

  it('that it was resolved by hand, and nothing more when the monitor is up again', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DOWN', 0)
    await stage.resolve()
    await stage.turn('DOWN', 'UP', 60)
    expect(await stage.told()).toEqual(closed)
    expect(await stage.lastNotice()).toMatchObject({
      entry: { text: 'Resolved by hand.', by: 'Alice' },
    })
  })

  it('once, of two who resolve it at once', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DOWN', 0)
    await Promise.allSettled([stage.resolve(), stage.resolve()])
    expect(await stage.told()).toEqual(closed)
  })

  it('once, where somebody resolves it while somebody pauses the monitor', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DOWN', 0)
    const [paused] = await Promise.allSettled([stage.pause(), stage.resolve()])
    expect(paused.status).toBe('fulfilled')
    expect(await stage.told()).toEqual(closed)
  })

  it('that its monitor was paused', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DEGRADED', 0)
    await stage.pause()
    await stage.pause()
    expect(await stage.told()).toEqual(closed)
    expect(await stage.lastNotice()).toMatchObject({
      entry: { text: 'paused by a person', by: null },
    })
  })

  it('nothing of a comment', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DOWN', 0)
    await stage.comment()
    expect(await stage.told()).toEqual([])
  })

  it('nothing at all where it was withheld', async () => {
    await using stage = await openStage()
    await stage.turn('UP', 'DOWN', 0)
    await stage.withhold()
    await stage.acknowledge()
    await stage.resolve()
    expect(await stage.told()).toEqual([
      '(ACKNOWLEDGED hook.example NOT_TOLD)',
      '(RESOLVED hook.example NOT_TOLD)',
      '(RESOLVED alice@example.com NOT_TOLD)',
    ])
  })
})

it('nobody is at what late results open again: whoever was at it was told that it is over', async () => {
  await using stage = await openStage()
  await stage.turn('UP', 'DOWN', 0)
  await stage.acknowledge()
  const transitionId = await stage.turn('DOWN', 'UP', 60)
  expect(await stage.incident()).toMatchObject({ status: 'RESOLVED' })
  await takeBack(stage.database, stage.turning('DOWN', 'UP', 60), transitionId)
  expect(await stage.incident()).toMatchObject({
    status: 'OPEN',
    acknowledgedAt: null,
    acknowledgedById: null,
    acknowledgementEndsAt: null,
  })
  await stage.acknowledge()
  expect((await stage.incident()).status).toBe('ACKNOWLEDGED')
})
