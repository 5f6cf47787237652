import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../test/channels.ts'
import { openTestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { eventually } from '../../test/eventually.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { startReceiver } from '../../test/receivers/receiver.ts'
import { startSmtpSink } from '../../test/smtp-sink.ts'
import { turn } from '../../test/telling.ts'
import { accountLanes } from '../accounts/mails/jobs.ts'
import type { Principal } from '../accounts/principal.ts'
import { startDispatcher } from '../outbox/jobs.ts'
import { inTransaction } from '../platform/database.ts'
import { deleteChannel, enableChannel, updateChannel } from './channels/editing/deeds.ts'
import { giveUpAlerts } from './deeds.ts'
import { alertLanes } from './jobs.ts'

const ADA = 'ada@example.com'
const startedAt = Date.UTC(2026, 10, 20, 3)

/** A workspace with one monitor whose owner is Ada, a receiver of mail and one of posts. */
async function openStage({ members = [ADA] }: { members?: string[] } = {}) {
  const [database, sink, receiver] = await Promise.all([
    openTestDatabase(),
    startSmtpSink(),
    startReceiver(() => ({ status: 204 })),
  ])
  const deps = testDeps(database, {
    SMTP_URL: sink.url,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
  })
  const { workspaceId, monitors } = await watch(database, { members })
  const [monitor] = monitors as [Watched]
  return {
    database,
    deps,
    sink,
    receiver,
    workspaceId,
    owner: { workspaceId } as Principal,
    monitor,
    addWebhook: (path: string) =>
      addChannel(deps, workspaceId, { name: path, webhook: { url: `${receiver.url}/${path}` } }),
    goDown: (who = monitor, second = 0) =>
      turn(database, { ...who, from: 'UP', to: 'DOWN', at: startedAt + second * 1_000 }),
    comeUp: (who = monitor, second = 60) =>
      turn(database, { ...who, from: 'DOWN', to: 'UP', at: startedAt + second * 1_000 }),
    alerts: () =>
      database.prisma.alert.findMany({ orderBy: { position: 'asc' }, include: { log: true } }),
    told: async () =>
      (await database.prisma.alert.findMany({ orderBy: { position: 'asc' } })).map(
        ({ type, channel, status }) => `${type} ${channel} ${status}`,
      ),
    /** Why any attempt has failed: none is there while all hang. */
    troubles: async () =>
      (await database.prisma.alert.findMany()).flatMap(({ error }) => error ?? []),
    entries: async () =>
      (await database.prisma.incidentEntry.findMany({ where: { kind: 'COMMENTED' } })).map(
        ({ text }) => text,
      ),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, ...accountLanes])
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([sink.close(), receiver[Symbol.asyncDispose]()])
      await database.close()
    },
  }
}

type Stage = Awaited<ReturnType<typeof openStage>>

const idsOf = ({ receiver }: Stage, path: string) =>
  receiver.received
    .filter((one) => one.path === `/${path}`)
    .map(({ headers }) => headers['webhook-id'])

const subjectsOf = ({ sink }: Stage) =>
  sink.mails.map(({ raw }) => /^subject: (.*)$/im.exec(String(raw))?.[1]?.trim())

const isSettled = async (stage: Stage) =>
  (await stage.told()).every((line) => !line.endsWith('PENDING'))

describe.concurrent('over channels', () => {
  it('tells down, up, down and up in order, signed, when delivery was stopped meanwhile', async () => {
    await using stage = await openStage()
    const { secret } = await stage.addWebhook('a')
    await stage.goDown(undefined, 0)
    await stage.comeUp(undefined, 60)
    await stage.goDown(undefined, 120)
    await stage.comeUp(undefined, 180)
    await using _ = stage.dispatch()
    await eventually('all are told', async () => stage.receiver.received.length === 4)
    const types = stage.receiver.received.map(({ body, headers }) => {
      const payload = new Webhook(secret).verify(body, headers as Record<string, string>)
      return (payload as { type: string }).type
    })
    expect(types).toEqual(['alert.down', 'alert.up', 'alert.down', 'alert.up'])
    await eventually('the mailbox is told too', () => stage.sink.mails.length === 4)
  })

  it('disables a channel that is gone, says so to the owner, and tells it elsewhere', async () => {
    await using stage = await openStage({ members: [] })
    const gone = await stage.addWebhook('gone')
    stage.receiver.next({ status: 410 })
    await stage.goDown()
    await addOwner(stage)
    {
      await using _ = stage.dispatch()
      await eventually('the owner has two mails', () => stage.sink.mails.length === 2)
      await eventually('all is settled', () => isSettled(stage))
    }
    expect(subjectsOf(stage).toSorted()).toEqual([
      'DOWN: Shop',
      'Pharos tells nobody over gone any more',
    ])
    const channel = await stage.database.prisma.channel.findUnique({ where: { id: gone.id } })
    expect(channel?.disabledReason).toMatch(/410/)
    expect(await stage.database.prisma.notice.findMany()).toMatchObject([
      { kind: 'CHANNEL_DISABLED', channelId: gone.id, region: 'gone' },
    ])
    expect((await stage.alerts())[0]?.log).toMatchObject([{ outcome: 'GONE', responseStatus: 410 }])
    await stage.comeUp()
    expect(await stage.told()).toEqual([
      'DOWN WEBHOOK FAILED',
      'DOWN EMAIL SENT',
      'UP EMAIL PENDING',
    ])
  })

  it('disables it once, when two alerts find it gone, and lets it be enabled again', async () => {
    await using stage = await openStage()
    const { id } = await stage.addWebhook('gone')
    stage.receiver.usual = () => ({ status: 410 })
    for (const monitor of await more(stage, 2)) await stage.goDown(monitor)
    await using _ = stage.dispatch()
    await eventually('all is settled', () => isSettled(stage))
    await eventually('the owner knows', () => subjectsOf(stage).length === 3)
    expect(await stage.database.prisma.notice.count()).toBe(1)
    await enableChannel(stage.deps, stage.owner, id)
    await enableChannel(stage.deps, stage.owner, id)
    const { rows } = await stage.database.pool.query(
      `SELECT c.disabled_at, c.disabled_reason, n.resolved_at IS NOT NULL AS "isOver"
       FROM channels c JOIN notices n ON n.channel_id = c.id`,
    )
    expect(rows).toEqual([{ disabled_at: null, disabled_reason: null, isOver: true }])
    stage.receiver.usual = () => ({ status: 204 })
    await stage.goDown()
    await eventually('it is told again', async () =>
      (await stage.told()).includes('DOWN WEBHOOK SENT'),
    )
    stage.receiver.usual = () => ({ status: 410 })
    await stage.comeUp()
    const isGoneOver = (subject = '') => subject === 'Pharos tells nobody over gone any more'
    await eventually(
      'the owner knows again',
      () => subjectsOf(stage).filter(isGoneOver).length === 2,
    )
  })

  it.each([
    [
      'led elsewhere',
      ({ deps, owner, receiver }: Stage, id: string) =>
        updateChannel(deps, owner, { id, webhook: { url: `${receiver.url}/new` } }),
    ],
    ['enabled', ({ deps, owner }: Stage, id: string) => enableChannel(deps, owner, id)],
  ])('leaves a channel alone that was %s while it was found gone', async (_, repair) => {
    await using stage = await openStage()
    const { id } = await stage.addWebhook('old')
    stage.receiver.next(async (_request, response) => {
      await repair(stage, id)
      response.writeHead(410).end()
    })
    await stage.goDown()
    await using _dispatcher = stage.dispatch()
    await eventually('all is settled', () => isSettled(stage))
    expect(await stage.told()).toEqual(['DOWN WEBHOOK FAILED', 'DOWN EMAIL SENT'])
    expect(await stage.database.prisma.channel.count({ where: { disabledAt: null } })).toBe(1)
    expect(await stage.database.prisma.notice.count()).toBe(0)
  })

  it('tells a channel that listens to other news, where nobody else is left', async () => {
    await using stage = await openStage({ members: [] })
    await stage.addWebhook('first')
    const other = await stage.addWebhook('other')
    await stage.database.pool.query(
      'UPDATE alert_settings SET on_down = false WHERE channel_id = $1',
      [other.id],
    )
    stage.receiver.next({ status: 400, body: 'no' })
    await stage.goDown()
    await using _ = stage.dispatch()
    await eventually('the other is told', () => idsOf(stage, 'other').length === 1)
    await eventually('it is settled', () => isSettled(stage))
    expect(await stage.told()).toEqual(['DOWN WEBHOOK FAILED', 'DOWN WEBHOOK SENT'])
  })

  it('says so where nobody is left at all', async () => {
    await using stage = await openStage({ members: [] })
    await stage.addWebhook('first')
    stage.receiver.next({ status: 400, body: 'no' })
    await stage.goDown()
    await using _ = stage.dispatch()
    await eventually('it has failed', async () => (await stage.told())[0] === 'DOWN WEBHOOK FAILED')
    const { host } = new URL(stage.receiver.url)
    expect(await stage.entries()).toEqual([`Nobody was notified (DOWN): it did not reach ${host}.`])
  })

  it('keeps every attempt', async () => {
    await using stage = await openStage()
    const { secret } = await stage.addWebhook('a')
    stage.receiver.next({ status: 503, body: 'later' })
    await stage.goDown()
    await using _ = stage.dispatch()
    await eventually('it is there after a retry', async () => isSettled(stage))
    const [alert] = (await stage.alerts()).filter(({ channel }) => channel === 'WEBHOOK')
    expect(alert?.log.map((one) => [one.outcome, one.responseStatus, one.response])).toEqual([
      ['RETRY', 503, 'later'],
      ['ACCEPTED', 204, ''],
    ])
    expect(JSON.stringify(alert?.log)).not.toContain(secret.slice(6))
  })

  it('lets a receiver hang without holding up another, nor another workspace’s', async () => {
    await using stage = await openStage({ members: [] })
    await stage.addWebhook('hanging')
    const many = await watch(stage.database, { count: 1 })
    await addChannel(stage.deps, many.workspaceId, {
      name: 'fine',
      webhook: { url: `${stage.receiver.url}/fine` },
    })
    stage.receiver.next(...Array.from({ length: 2 }, () => () => {}))
    const monitors = await more(stage, 60)
    for (const monitor of monitors) await stage.goDown(monitor)
    const dispatcher = stage.dispatch()
    await eventually('two hands are held', () => idsOf(stage, 'hanging').length === 2)
    await stage.goDown(many.monitors[0])
    await eventually('the other is told', () => idsOf(stage, 'fine').length === 1)
    expect(await stage.troubles()).toEqual([])
    expect(idsOf(stage, 'hanging')).toHaveLength(2)
    await dispatcher[Symbol.asyncDispose]()
  })

  it('tells over channels while every hand for mail holds a server that hangs', async () => {
    await using stage = await openStage()
    await stage.addWebhook('a')
    stage.sink.answer = () => 'hang'
    const monitors = await more(stage, 12)
    for (const monitor of monitors) await stage.goDown(monitor)
    await using _ = stage.dispatch()
    await eventually('mail hangs', () => stage.sink.connections > 0)
    await eventually('all are told over the channel', () => idsOf(stage, 'a').length === 12)
    expect(await stage.troubles()).toEqual([])
    expect(stage.sink.mails).toEqual([])
  })

  it('tells a mailbox only once it is verified, and whoever is told the beginning the end', async () => {
    await using stage = await openStage()
    const contactId = await addContact(stage.deps, stage.workspaceId, {
      email: 'kim@example.com',
      isVerified: false,
    })
    await addChannel(stage.deps, stage.workspaceId, { email: { contactId } })
    await stage.goDown()
    await stage.database.pool.query('UPDATE contacts SET verified_at = now()')
    await stage.comeUp()
    expect((await stage.alerts()).map(({ type, recipient }) => [type, recipient])).toEqual([
      ['DOWN', ADA],
      ['UP', ADA],
    ])
  })

  it('tells elsewhere what was still to go over a channel that is deleted', async () => {
    await using stage = await openStage({ members: [] })
    const { id } = await stage.addWebhook('a')
    await stage.goDown()
    await addOwner(stage)
    await deleteChannel(stage.deps, stage.owner, id)
    expect(await stage.told()).toEqual(['DOWN WEBHOOK FAILED', 'DOWN EMAIL PENDING'])
    await stage.comeUp()
    expect((await stage.told()).at(-1)).toBe('UP EMAIL PENDING')
  })

  it('gives up many alerts in a few statements', async () => {
    await using stage = await openStage({ members: [] })
    const { id } = await stage.addWebhook('a')
    for (const monitor of await more(stage, 40)) await stage.goDown(monitor)
    await addOwner(stage)
    let statements = 0
    await inTransaction(stage.database, async (tx) => {
      const query = tx.query.bind(tx) as (...args: unknown[]) => unknown
      const counted = ((...args: unknown[]) => {
        statements += 1
        return query(...args)
      }) as typeof tx.query
      await giveUpAlerts(stage.deps, { ...tx, query: counted }, [id], 'gone')
    })
    expect((await stage.told()).filter((line) => line === 'DOWN EMAIL PENDING')).toHaveLength(40)
    expect(statements).toBeLessThan(20)
  })
})

/** Somebody to write to, who was not there when the alert was decided. */
async function addOwner({ database, workspaceId }: Stage): Promise<void> {
  await database.pool.query(
    `WITH u AS (INSERT INTO users (email, name, password_hash) VALUES ($2, 'Ada', 'none') RETURNING id)
     INSERT INTO memberships (workspace_id, user_id, role) SELECT $1, id, 'OWNER' FROM u`,
    [workspaceId, ADA],
  )
}

async function more({ database, workspaceId }: Stage, count: number): Promise<Watched[]> {
  const { rows } = await database.pool.query<Watched>(
    `INSERT INTO monitors (workspace_id, name, kind, target, interval_seconds, timeout_ms, regions,
       failure_threshold, recovery_threshold, slow_threshold, normal_threshold)
     SELECT $2, 'Shop', 'HTTP', 'https://shop.example', 60, 5000, '{local}', 3, 1, 3, 3
     FROM generate_series(1, $1) RETURNING id AS "monitorId", workspace_id AS "workspaceId"`,
    [count, workspaceId],
  )
  return rows
}
