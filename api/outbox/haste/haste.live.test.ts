import { describe, expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { startReceiver } from '../../../test/receivers/receiver.ts'
import { turn } from '../../../test/telling.ts'
import { workOnAll } from '../../../test/work.ts'
import type { Principal } from '../../accounts/principal.ts'
import { testChannel } from '../../alerts/channels/trials/deeds.ts'
import { alertLanes } from '../../alerts/jobs.ts'
import { startDispatcher } from '../jobs.ts'
import { claimDue } from '../store.ts'

const startedAt = Date.UTC(2026, 10, 20, 3)
const WEBHOOKS = { table: 'alerts', channel: 'WEBHOOK' } as const
const WISH = { most: 1, perReceiver: 1, perWorkspace: 1, held: [] }

/** A workspace all of whose alerts go to one webhook. */
async function openStage({ count }: { count: number }) {
  const [database, receiver] = [
    await openTestDatabase(),
    await startReceiver(() => ({ status: 204 })),
  ]
  const { pool, prisma } = database
  const deps = testDeps(database, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const { workspaceId, monitors } = await watch(database, { count })
  const hook = await addChannel(deps, workspaceId, { webhook: { url: receiver.url } })
  const move = (to: 'UP' | 'DOWN', who: Watched[]) => {
    const from = to === 'UP' ? 'DOWN' : 'UP'
    const at = startedAt + (to === 'UP' ? 60_000 : 0)
    return turn(database, ...who.map((each) => ({ ...each, from, to, at }) as const))
  }
  return {
    database,
    receiver,
    monitors,
    testChannel: () => testChannel(deps, { workspaceId } as Principal, hook.id),
    goDown: (...who: Watched[]) => move('DOWN', who),
    comeUp: (...who: Watched[]) => move('UP', who),
    alerts: () => prisma.alert.findMany({ orderBy: { position: 'asc' } }),
    told: () =>
      receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type.slice(6)),
    /** As if all that waits had failed eight times and its receiver were to be asked again in twelve hours. */
    fallSilent: () =>
      pool.query(
        `UPDATE alerts SET attempts = 8, fence = 8, error = 'HTTP 503',
           next_attempt_at = now() + interval '12 hours'`,
      ),
    hoursLeft: async () => {
      const { rows } = await pool.query<{ hours: number }>(
        `SELECT round(extract(epoch FROM next_attempt_at - now()) / 3600)::int AS hours FROM alerts
         ORDER BY position`,
      )
      return rows.map(({ hours }) => hours)
    },
    /** All that begins from now on is withheld. */
    maintain: () => workOnAll(pool, workspaceId, { sinceMinutes: 60, minutes: 60 }),
    become: (change: string) => pool.query(`UPDATE alerts SET ${change}`),
    claim: () => claimDue(pool, WEBHOOKS, WISH),
    dispatch() {
      const dispatcher = startDispatcher(deps, alertLanes)
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

describe.concurrent('what waits for hours', () => {
  it('is told at once when its receiver takes anything', async () => {
    await using stage = await openStage({ count: 5 })
    const [fresh, ...waiting] = stage.monitors as [Watched, ...Watched[]]
    await stage.goDown(...waiting)
    await stage.fallSilent()
    await stage.goDown(fresh)
    await using _ = stage.dispatch()
    await eventually('all are told', () => stage.told().length === 5)
  })

  it('is told once somebody has tried the channel, and it works', async () => {
    await using stage = await openStage({ count: 2 })
    await stage.goDown(...stage.monitors)
    await stage.fallSilent()
    stage.receiver.next({ status: 503 })
    await stage.testChannel()
    expect(await stage.hoursLeft()).toEqual([12, 12])
    await stage.testChannel()
    expect(await stage.hoursLeft()).toEqual([0, 0])
    await using _ = stage.dispatch()
    await eventually('both are told', () => stage.told().length === 4)
  })

  it('is tried in the stead of what would wait for it, which is told after it', async () => {
    await using stage = await openStage({ count: 1 })
    await stage.goDown(...stage.monitors)
    await stage.fallSilent()
    await stage.comeUp(...stage.monitors)
    await using _ = stage.dispatch()
    await eventually('both are told', () => stage.told().length === 2)
    expect(stage.told()).toEqual(['down', 'up'])
  })

  it('is one at a time while its receiver is away, and its plan stays', async () => {
    await using stage = await openStage({ count: 4 })
    await stage.goDown(...stage.monitors)
    await stage.fallSilent()
    await stage.comeUp(stage.monitors[0]!)
    expect(await stage.hoursLeft()).toEqual([0, 12, 12, 12, 0])
    stage.receiver.next({ status: 503, body: 'away' })
    await using _ = stage.dispatch()
    await eventually(
      'it has failed again',
      async () => (await stage.alerts())[0]?.earlyAttempts === 1,
    )
    expect(await stage.hoursLeft()).toEqual([12, 12, 12, 12, 0])
    expect((await stage.alerts())[0]).toMatchObject({ attempts: 9, plannedAt: null })
    expect(stage.receiver.received).toHaveLength(1)
  })

  it('keeps its plan where it is tried early again, after one that was tried by it', async () => {
    await using stage = await openStage({ count: 1 })
    await stage.goDown(...stage.monitors)
    await stage.fallSilent()
    await stage.become(`planned_at = now() - interval '1 day'`)
    await stage.comeUp(...stage.monitors)
    const [waiting] = await stage.claim()
    expect(waiting?.plannedInMs).toBeGreaterThan(11 * 3_600_000)
  })

  it('is left alone for as long as its receiver has asked', async () => {
    await using stage = await openStage({ count: 2 })
    const [busy, fresh] = stage.monitors as [Watched, Watched]
    stage.receiver.next({ status: 429, headers: { 'retry-after': '600' } })
    await using _ = stage.dispatch()
    await stage.goDown(busy)
    await eventually('it is put off', async () => (await stage.alerts())[0]?.error !== null)
    await stage.goDown(fresh)
    await eventually('the other is told', async () => (await stage.alerts())[1]?.status === 'SENT')
    expect((await stage.alerts())[0]).toMatchObject({
      status: 'PENDING',
      attempts: 1,
      plannedAt: null,
    })
    await stage.become(`not_before = now()`)
    await stage.testChannel()
    await eventually('it is told too', async () => (await stage.alerts())[0]?.status === 'SENT')
  })

  it('comes in portions, the next once one of them is taken', async () => {
    await using stage = await openStage({ count: 30 })
    await stage.goDown(...stage.monitors)
    await stage.fallSilent()
    await stage.testChannel()
    expect((await stage.hoursLeft()).filter((hours) => hours === 0)).toHaveLength(20)
    await using _ = stage.dispatch()
    await eventually('all are told', () => stage.told().length === 31)
  })

  it('stays where nothing new is on its way: that is withheld', async () => {
    await using stage = await openStage({ count: 2 })
    const [waiting, withheld] = stage.monitors as [Watched, Watched]
    await stage.goDown(waiting)
    await stage.fallSilent()
    await stage.maintain()
    await stage.goDown(withheld)
    expect(await stage.alerts()).toMatchObject([{ status: 'PENDING' }, { status: 'WITHHELD' }])
    expect((await stage.hoursLeft())[0]).toBe(12)
  })

  it('is left alone where it goes to another receiver, or is under way', async () => {
    await using stage = await openStage({ count: 2 })
    const [first, second] = stage.monitors as [Watched, Watched]
    await stage.goDown(first)
    expect(await stage.claim()).toHaveLength(1)
    await stage.goDown(second)
    expect(await stage.claim()).toMatchObject([{ attempts: 1 }])
    expect(await stage.claim()).toEqual([])
    await stage.fallSilent()
    await stage.database.pool.query(`UPDATE alerts SET channel_id = uuidv7()`)
    await stage.comeUp(first)
    expect(await stage.hoursLeft()).toEqual([12, 12])
  })
})
