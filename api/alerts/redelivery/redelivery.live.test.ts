import { describe, expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { addMonitors, watch, type Watched } from '../../../test/monitors.ts'
import { startReceiver } from '../../../test/receivers/receiver.ts'
import { turn, turnWithin } from '../../../test/telling.ts'
import type { Principal } from '../../accounts/principal.ts'
import { resolveIncident } from '../../incidents/deeds.ts'
import { deleteMonitor } from '../../monitors/deeds.ts'
import { startDispatcher } from '../../outbox/jobs.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { readAttempts } from '../attempts/store.ts'
import { bareAttempt } from '../channels/attempt.ts'
import type { ChannelInput } from '../channels/channel.ts'
import { digestLanes } from '../digests/jobs.ts'
import { alertLanes } from '../jobs.ts'
import { followRedelivery, redeliverAlert } from './deeds.ts'
import { redeliveryLane } from './jobs.ts'

const startedAt = Date.UTC(2026, 10, 20, 3)

/** A workspace with one monitor, and one channel that all is told over. */
async function openStage(channelAt: (url: string) => ChannelInput = webhookAt) {
  const [database, receiver] = [
    await openTestDatabase(),
    await startReceiver(() => ({ status: 204 })),
  ]
  const deps = testDeps(database, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const { workspaceId, monitors } = await watch(database, {})
  const [monitor] = monitors as [Watched]
  const channel = await addChannel(deps, workspaceId, channelAt(receiver.url))
  const principal = { workspaceId } as Principal
  const alerts = () => database.prisma.alert.findMany({ orderBy: { position: 'asc' } })
  const comeUpWithin = (tx: Transaction) =>
    turnWithin(tx, { ...monitor, from: 'DOWN', to: 'UP', at: startedAt + 60_000 })
  return {
    database,
    deps,
    receiver,
    workspaceId,
    monitor,
    channel,
    alerts,
    goDown: (...who: Watched[]) =>
      turn(
        database,
        ...who.map((each) => ({ ...each, from: 'UP', to: 'DOWN', at: startedAt }) as const),
      ),
    comeUp: () => inTransaction(database, comeUpWithin),
    comeUpWithin,
    async close() {
      const { id } = await database.prisma.incident.findFirstOrThrow()
      await resolveIncident(deps, principal, id)
    },
    alertAfter: (status: 'SENT' | 'FAILED') =>
      eventually(`the first alert is ${status}`, async () => {
        const [alert] = await alerts()
        return alert?.status === status && alert
      }),
    again: (id: string) => redeliverAlert(deps, principal, id),
    /** What was sent again first has been taken. */
    async acceptWithin(tx: Transaction) {
      const { id } = await database.prisma.redelivery.findFirstOrThrow()
      const delivered = bareAttempt({ outcome: 'ACCEPTED' }, Date.now())
      await followRedelivery(deps, tx, id, { settlement: { status: 'SENT' }, delivered })
    },
    remove: () => deleteMonitor(deps, principal, monitor.monitorId),
    /** What came of what was sent again, once all of it has come to something. */
    ended: () =>
      eventually('nothing is on its way again', async () => {
        const rows = await database.prisma.redelivery.findMany()
        return rows.every(({ status }) => status !== 'PENDING') && rows
      }),
    /** Oldest first. */
    log: async (alertId: string) =>
      (await readAttempts(deps, workspaceId, { alertId }, {})).toReversed(),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, ...digestLanes, redeliveryLane])
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

type Stage = Awaited<ReturnType<typeof openStage>>

const webhookAt = (url: string): ChannelInput => ({ webhook: { url } })

describe.concurrent('what is sent again by hand', () => {
  it('comes under its id, and its alert stays as it was', async () => {
    await using stage = await openStage()
    await using _ = stage.dispatch()
    await stage.goDown(stage.monitor)
    const before = await stage.alertAfter('SENT')
    await stage.again(before.id)
    await stage.ended()
    const ids = stage.receiver.received.map(({ headers }) => headers['webhook-id'])
    expect(ids).toEqual([before.id, before.id])
    expect(await stage.alerts()).toEqual([before])
    expect(await stage.log(before.id)).toMatchObject(Array(2).fill({ outcome: 'ACCEPTED' }))
  })

  it('goes once where two ask at once, and not while its alert is on its way or withheld', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.monitor)
    const [{ id } = { id: '' }] = await stage.alerts()
    const conflict = { code: 'CONFLICT' }
    await expect(stage.again(id)).rejects.toMatchObject(conflict)
    await stage.database.pool.query(
      `UPDATE alerts SET status = 'WITHHELD', withheld_reason = 'MAINTENANCE'`,
    )
    await expect(stage.again(id)).rejects.toMatchObject(conflict)
    await stage.database.pool.query(`UPDATE alerts SET status = 'SENT', sent_at = now()`)
    const ends = await Promise.allSettled([1, 2].map(() => stage.again(id)))
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await stage.database.prisma.redelivery.count()).toBe(1)
  })

  it.each([
    ['somebody has it sent once more', (stage: Stage, id: string) => stage.again(id)],
    ['somebody deletes its monitor', (stage: Stage) => stage.remove()],
  ])('is settled first where %s meanwhile, which waits', async (_, deed) => {
    await using stage = await openStage()
    await stage.goDown(stage.monitor)
    const [{ id } = { id: '' }] = await stage.alerts()
    await stage.database.pool.query(`UPDATE alerts SET status = 'FAILED', error = 'no'`)
    await stage.again(id)
    const { waiting } = await inTransaction(stage.database, async (settling) => {
      await settling.query(`UPDATE redeliveries SET status = 'SENT', sent_at = now()`)
      const waiting = deed(stage, id)
      await untilSomebodyWaits(stage.database)
      await settling.query(`UPDATE alerts SET status = 'SENT', sent_at = now(), error = NULL`)
      return { waiting }
    })
    await waiting
  })

  it('is given up without a trace on what was sent, and told to nobody else', async () => {
    await using stage = await openStage()
    await using _ = stage.dispatch()
    await stage.goDown(stage.monitor)
    const before = await stage.alertAfter('SENT')
    stage.receiver.next({ status: 400, body: 'no' })
    await stage.again(before.id)
    expect(await stage.ended()).toMatchObject([{ status: 'FAILED', attempts: 1 }])
    expect(await stage.alerts()).toEqual([before])
    expect((await stage.log(before.id)).map(({ outcome }) => outcome)).toEqual([
      'ACCEPTED',
      'PERMANENT',
    ])
    await stage.comeUp()
    await eventually('the end is told', () => stage.receiver.received.length === 3)
  })

  it('that was given up stays so when it fails again', async () => {
    await using stage = await openStage()
    await using _ = stage.dispatch()
    stage.receiver.next({ status: 400, body: 'first' }, { status: 400, body: 'second' })
    await stage.goDown(stage.monitor)
    const before = await stage.alertAfter('FAILED')
    await stage.again(before.id)
    await stage.ended()
    expect(await stage.alerts()).toEqual([before])
    await stage.comeUp()
    expect(await stage.alerts()).toHaveLength(1)
  })

  it('that was given up counts as sent once it is accepted, and its end is told', async () => {
    await using stage = await openStage()
    await using _ = stage.dispatch()
    stage.receiver.next({ status: 400, body: 'no' })
    await stage.goDown(stage.monitor)
    await stage.again((await stage.alertAfter('FAILED')).id)
    expect(await stage.alertAfter('SENT')).toMatchObject({ error: null, attempts: 1 })
    await stage.comeUp()
    await eventually('the end is told', () => stage.receiver.received.length === 3)
  })

  it('has its end told after it where that was decided before it was accepted', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.monitor)
    const [{ id } = { id: '' }] = await stage.alerts()
    await stage.database.pool.query(`UPDATE alerts SET status = 'FAILED', error = 'no'`)
    await stage.again(id)
    await stage.comeUp()
    await using _ = stage.dispatch()
    await eventually('both are told', () => stage.receiver.received.length === 2)
    const told = stage.receiver.received.map(({ body }) => JSON.parse(body).type)
    expect(told).toEqual(['alert.down', 'alert.up'])
  })

  it.each([
    ['accepted', 'its end is decided', false],
    ['told to be over', 'it is accepted', true],
  ])('is %s before %s, which waits, and has its end told', async (_first, _second, isOver) => {
    await using stage = await openStage()
    await stage.goDown(stage.monitor)
    const [{ id } = { id: '' }] = await stage.alerts()
    await stage.database.pool.query(`UPDATE alerts SET status = 'FAILED', error = 'no'`)
    await stage.again(id)
    const { acceptWithin, comeUpWithin } = stage
    const [first, second] = isOver ? [comeUpWithin, acceptWithin] : [acceptWithin, comeUpWithin]
    const { waiting } = await inTransaction(stage.database, async (tx) => {
      await first(tx)
      const waiting = inTransaction<unknown>(stage.database, second)
      await untilSomebodyWaits(stage.database)
      return { waiting }
    })
    await waiting
    expect((await stage.alerts()).map(({ type }) => type)).toEqual(['DOWN', 'UP'])
  })

  it.each<['comeUp' | 'close', string, string, string]>([
    ['comeUp', 'was taken before', 'again', `status = 'SENT', sent_at = now()`],
    ['close', 'was taken before', 'again', `status = 'SENT', sent_at = now()`],
    ['comeUp', 'may be taken now', 'again', `fence = 1, next_attempt_at = now() + interval '29 s'`],
    ['comeUp', 'is tried later', 'once', `fence = 2, next_attempt_at = now() + interval '1 hour'`],
    ['close', 'waits for its turn', 'once', 'fence = 0'],
  ])('has its end (%s) that %s told %s', async (end, _which, howOften, change) => {
    await using stage = await openStage()
    const { pool } = stage.database
    await stage.goDown(stage.monitor)
    const [{ id } = { id: '' }] = await stage.alerts()
    await stage[end]()
    await pool.query(`UPDATE alerts SET ${change} WHERE id <> $1`, [id])
    await pool.query(`UPDATE alerts SET status = 'FAILED', error = 'no' WHERE id = $1`, [id])
    await stage.again(id)
    await inTransaction(stage.database, stage.acceptWithin)
    const [, ...ends] = await stage.alerts()
    expect(ends.map(({ round }) => round)).toEqual(howOften === 'again' ? [0, 1] : [0])
  })

  it('holds up nothing of its monitor while its receiver is away', async () => {
    await using stage = await openStage()
    await using _ = stage.dispatch()
    await stage.goDown(stage.monitor)
    const { id } = await stage.alertAfter('SENT')
    stage.receiver.usual = ({ headers }) => ({ status: headers['webhook-id'] === id ? 503 : 204 })
    await stage.again(id)
    await eventually('it was tried again', () => stage.receiver.received.length > 1)
    await stage.comeUp()
    await eventually('the end is told', async () => (await stage.alerts())[1]?.status === 'SENT')
    expect(await stage.database.prisma.redelivery.findMany()).toMatchObject([{ status: 'PENDING' }])
  })

  it('waits no longer once its receiver takes anything', async () => {
    await using stage = await openStage()
    await stage.goDown(stage.monitor)
    const [{ id } = { id: '' }] = await stage.alerts()
    await stage.database.pool.query(`UPDATE alerts SET status = 'SENT', sent_at = now()`)
    await stage.again(id)
    await stage.database.pool.query(
      `UPDATE redeliveries SET attempts = 8, fence = 8, next_attempt_at = now() + interval '12 hours'`,
    )
    await stage.comeUp()
    await using _ = stage.dispatch()
    await eventually('both are told', () => stage.receiver.received.length === 2)
  })

  it('goes by itself where it was told in a digest, which stays what told it', async () => {
    await using stage = await openStage((server) => ({ ntfy: { server, topic: 'alerts' } }))
    await using _ = stage.dispatch()
    const others = await addMonitors(stage.database, { workspaceId: stage.workspaceId, count: 6 })
    await stage.goDown(...others)
    await eventually('the digest is told', async () => {
      await stage.database.pool.query('UPDATE digests SET next_attempt_at = now() WHERE fence = 0')
      return (await stage.database.prisma.digest.count({ where: { status: 'SENT' } })) === 1
    })
    const told = await stage.database.prisma.alert.findFirstOrThrow({
      where: { digestId: { not: null } },
    })
    await stage.again(told.id)
    await stage.ended()
    expect(await stage.database.prisma.alert.findUnique({ where: { id: told.id } })).toEqual(told)
    const [first, second] = await stage.log(told.id)
    expect([first?.digestId, second?.digestId]).toEqual([told.digestId, null])
    expect(stage.receiver.received.at(-1)?.body).toContain('Shop is down')
  })
})
