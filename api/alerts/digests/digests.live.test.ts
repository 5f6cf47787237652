import { describe, expect, it } from 'vitest'
import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { addChannel } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { addMonitors, watch, type Watched } from '../../../test/monitors.ts'
import { startReceiver } from '../../../test/receivers/receiver.ts'
import { startSmtpSink } from '../../../test/smtp-sink.ts'
import { statementsOf } from '../../../test/statements.ts'
import { turn } from '../../../test/telling.ts'
import { startDispatcher } from '../../outbox/jobs.ts'
import { claimDue } from '../../outbox/store.ts'
import type { ChannelInput } from '../channels/channel.ts'
import { alertLanes } from '../jobs.ts'
import { digestLanes } from './jobs.ts'

const ADA = 'ada@example.com'
const startedAt = Date.UTC(2026, 10, 20, 3)

/** A workspace of Ada's with monitors `monitor-0`, `monitor-1` and so on. */
async function openStage({ count }: { count: number }) {
  const [database, sink, receiver] = await Promise.all([
    openTestDatabase(),
    startSmtpSink(),
    startReceiver(() => ({ status: 200 })),
  ])
  const { pool, prisma } = database
  const deps = testDeps(database, { SMTP_URL: sink.url, OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const { workspaceId, monitors } = await watch(database, { members: [ADA], count })
  for (const [index, { monitorId: id }] of monitors.entries()) {
    await prisma.monitor.update({ where: { id }, data: { name: `monitor-${index}` } })
  }
  const move = (from: 'UP' | 'DOWN', who: readonly Watched[], second: number) => {
    const to = from === 'UP' ? 'DOWN' : 'UP'
    const at = startedAt + second * 1_000
    return turn(database, ...who.map((each) => ({ ...each, from, to, at }) as const))
  }
  return {
    database,
    deps,
    sink,
    receiver,
    workspaceId,
    monitors,
    goDown: (who: readonly Watched[] = monitors, second = 0) => move('UP', who, second),
    comeUp: (who: readonly Watched[] = monitors, second = 60) => move('DOWN', who, second),
    addNtfy: (more: ChannelInput = {}) =>
      addChannel(deps, workspaceId, { ...more, ntfy: { server: receiver.url, topic: 'alerts' } }),
    /** How many alerts are told one by one, and how many in each digest, oldest first. */
    async portions(channel: AlertChannel = 'EMAIL') {
      const alerts = await prisma.alert.findMany({ where: { channel } })
      const byDigest = Map.groupBy(alerts, ({ digestId }) => digestId ?? '')
      const keys = [...byDigest.keys()].toSorted()
      return Object.fromEntries(
        keys.map((key, index) => [key === '' ? 'singles' : index, byDigest.get(key)!.length]),
      )
    },
    digests: () => prisma.digest.findMany({ orderBy: { id: 'asc' }, include: { log: true } }),
    dueInSeconds: async () => {
      const { rows } = await pool.query<{ seconds: number }>(
        'SELECT round(extract(epoch FROM next_attempt_at - created_at))::int AS seconds FROM digests ORDER BY id',
      )
      return rows.map(({ seconds }) => seconds)
    },
    /** As if everything so far had happened so long ago. */
    async letPass(minutes: number) {
      const values = [minutes]
      await pool.query(
        `UPDATE alerts SET created_at = created_at - $1 * interval '1 min',
           released_at = released_at - $1 * interval '1 min'`,
        values,
      )
      await pool.query(`UPDATE delivery_attempts SET at = at - $1 * interval '1 min'`, values)
      await pool.query(
        `UPDATE digests SET created_at = created_at - $1 * interval '1 min',
           next_attempt_at = next_attempt_at - $1 * interval '1 min',
           sent_at = sent_at - $1 * interval '1 min'`,
        values,
      )
    },
    claimDigests: () =>
      claimDue(
        pool,
        { table: 'digests', channel: 'EMAIL' },
        { most: 10, perReceiver: 10, perWorkspace: 10, held: [] },
      ),
    dispatch() {
      const dispatcher = startDispatcher(deps, [...alertLanes, ...digestLanes])
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    settled: () =>
      eventually('all is settled', async () => {
        const pending = { where: { status: 'PENDING' } } as const
        return (await prisma.alert.count(pending)) + (await prisma.digest.count(pending)) === 0
      }),
    mails: () =>
      sink.mails.map(({ raw }) => {
        const text = String(raw).replaceAll(/=\r\n/g, '')
        const subject = /^subject: (.*)$/im.exec(text)?.[1]?.trim()
        return { subject, text, names: [...new Set(text.match(/monitor-\d+/g))] }
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([sink.close(), receiver[Symbol.asyncDispose]()])
      await database.close()
    },
  }
}

describe.concurrent('a storm', () => {
  it('is told by five mails at once, and by one for all others that names each monitor', async () => {
    await using stage = await openStage({ count: 40 })
    await stage.goDown()
    expect(await stage.portions()).toEqual({ singles: 5, 1: 35 })
    expect(await stage.dueInSeconds()).toEqual([30])
    await using _ = stage.dispatch()
    await eventually('five are told', () => stage.sink.mails.length === 5)
    await stage.letPass(1)
    await stage.settled()
    const digest = stage.mails().find(({ subject }) => subject === '35 alerts: 35 down')
    expect(digest?.names).toHaveLength(35)
    expect(new Set(stage.mails().flatMap(({ names }) => names))).toHaveProperty('size', 40)
    expect(stage.sink.mails).toHaveLength(6)
    expect(await stage.digests()).toMatchObject([
      { status: 'SENT', attempts: 1, log: [{ outcome: 'ACCEPTED' }] },
    ])
  })

  it('goes on in the same digest until that is sent, and then every five minutes', async () => {
    await using stage = await openStage({ count: 40 })
    await stage.goDown(stage.monitors.slice(0, 20))
    await stage.goDown(stage.monitors.slice(20, 25))
    expect(await stage.portions()).toEqual({ singles: 5, 1: 20 })
    await stage.letPass(0.5)
    await using _ = stage.dispatch()
    await stage.settled()
    await stage.goDown(stage.monitors.slice(25, 30))
    expect(await stage.portions()).toEqual({ singles: 5, 1: 20, 2: 5 })
    expect((await stage.dueInSeconds())[1]).toBeGreaterThan(280)
  })

  it('is over after a quiet minute', async () => {
    await using stage = await openStage({ count: 12 })
    await stage.goDown(stage.monitors.slice(0, 10))
    {
      await using _ = stage.dispatch()
      await stage.letPass(1)
      await stage.settled()
    }
    await stage.letPass(1)
    await stage.goDown(stage.monitors.slice(10))
    expect(await stage.portions()).toEqual({ singles: 7, 1: 5 })
  })

  it('tells of who went down and came up again in one digest both, in that order', async () => {
    await using stage = await openStage({ count: 6 })
    await stage.goDown()
    await stage.comeUp(stage.monitors.slice(5))
    await using _ = stage.dispatch()
    await stage.letPass(1)
    await stage.settled()
    const digest = stage.mails().find(({ subject }) => subject === '2 alerts: 1 down, 1 up again')
    expect(digest?.names).toEqual(['monitor-5'])
    expect(digest?.text).toMatch(/DOWN: monitor-5[^]*UP: monitor-5/)
  })

  it('is counted for each recipient, and for the five together by whom it is decided at once', async () => {
    await using stage = await openStage({ count: 30 })
    await Promise.all(
      [0, 10, 20].map((from) => stage.goDown(stage.monitors.slice(from, from + 10))),
    )
    expect(await stage.portions()).toEqual({ singles: 5, 1: 25 })
  })

  it('leaves other workspaces alone, also where the mailbox is the same', async () => {
    await using stage = await openStage({ count: 20 })
    const other = await watch(stage.database, { alertEmail: ADA })
    await stage.goDown()
    await stage.goDown(other.monitors)
    const [alert] = await stage.database.prisma.alert.findMany({
      where: { workspaceId: other.workspaceId },
    })
    expect(alert?.digestId).toBeNull()
  })
})

describe.concurrent('a digest', () => {
  it('is sent over a channel as it is by mail, and machines get every alert by itself', async () => {
    await using stage = await openStage({ count: 8 })
    await stage.addNtfy()
    await addChannel(stage.deps, stage.workspaceId, {
      webhook: { url: `${stage.receiver.url}/hook` },
    })
    await stage.goDown()
    expect(await stage.portions('NTFY')).toEqual({ singles: 5, 1: 3 })
    expect(await stage.portions('WEBHOOK')).toEqual({ singles: 8 })
    await using _ = stage.dispatch()
    await stage.letPass(1)
    await stage.settled()
    const paths = stage.receiver.received.map(({ path }) => path)
    expect(paths.filter((path) => path === '/hook')).toHaveLength(8)
    expect(paths.filter((path) => path !== '/hook')).toHaveLength(6)
  })

  it('takes what is more than its channel wants in an hour', async () => {
    await using stage = await openStage({ count: 3 })
    await stage.addNtfy({ maxPerHour: 1 })
    await stage.goDown(stage.monitors.slice(0, 1))
    await stage.letPass(30)
    await stage.goDown(stage.monitors.slice(1))
    expect(await stage.portions('NTFY')).toEqual({ singles: 1, 1: 2 })
  })

  it('fails as a whole, and all of it is told to the next in line', async () => {
    await using stage = await openStage({ count: 9 })
    const where = { workspaceId: stage.workspaceId }
    await stage.database.prisma.monitor.updateMany({
      where,
      data: { alertEmail: 'gone@example.com' },
    })
    stage.sink.answer = (recipient) =>
      recipient === 'gone@example.com' ? { refuse: 550, at: 'recipient' } : 'accept'
    await stage.goDown()
    await using _ = stage.dispatch()
    await eventually('nobody is left untold', async () => {
      await stage.letPass(1)
      return new Set(stage.mails().flatMap(({ names }) => names)).size === 9
    })
    await stage.settled()
    expect(new Set(stage.sink.mails.map(({ recipient }) => recipient))).toEqual(new Set([ADA]))
    expect((await stage.digests())[0]).toMatchObject({ status: 'FAILED' })
  })

  it('waits for what one of its monitors was to be told before', async () => {
    await using stage = await openStage({ count: 8 })
    await stage.goDown(stage.monitors.slice(0, 1))
    await stage.goDown(stage.monitors.slice(1))
    await stage.comeUp(stage.monitors.slice(0, 1))
    await stage.letPass(1)
    expect(await stage.claimDigests()).toEqual([])
    await stage.database.pool.query(
      `UPDATE alerts SET status = 'SENT', sent_at = now() WHERE digest_id IS NULL`,
    )
    expect(await stage.claimDigests()).toHaveLength(1)
  })

  it('is given to one of two who ask at once, and takes in nothing more', async () => {
    await using stage = await openStage({ count: 9 })
    await stage.goDown(stage.monitors.slice(0, 8))
    await stage.database.pool.query(
      `UPDATE alerts SET status = 'SENT', sent_at = now() WHERE digest_id IS NULL`,
    )
    await stage.letPass(0.5)
    const claims = await Promise.all([stage.claimDigests(), stage.claimDigests()])
    expect(claims.flat()).toHaveLength(1)
    await stage.goDown(stage.monitors.slice(8))
    expect(await stage.portions()).toEqual({ singles: 5, 1: 3, 2: 1 })
    await stage.letPass(6)
    expect(await stage.claimDigests()).toHaveLength(1)
  })

  it('that lost all it was to tell ends by itself', async () => {
    await using stage = await openStage({ count: 6 })
    await stage.goDown()
    await stage.database.prisma.monitor.delete({ where: { id: stage.monitors[5]!.monitorId } })
    await using _ = stage.dispatch()
    await stage.letPass(1)
    await stage.settled()
    expect(await stage.digests()).toMatchObject([{ status: 'FAILED' }])
    expect(stage.sink.mails).toHaveLength(5)
  })
})

it('gathers a thousand alerts in as many statements as ten', async () => {
  await using stage = await openStage({ count: 0 })
  const { database, workspaceId } = stage
  const statementsFor = async (count: number) => {
    const monitors = await addMonitors(database, { workspaceId, count })
    return (await statementsOf(database.pool, () => stage.goDown(monitors))).length
  }
  expect(await statementsFor(1_000)).toBe(await statementsFor(10))
  expect(await stage.portions()).toEqual({ singles: 5, 1: 1_005 })
})
