import { describe, expect, it } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { eventually } from '../../test/eventually.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { startSmtpSink } from '../../test/smtp-sink.ts'
import { turn } from '../../test/telling.ts'
import { accountLanes } from '../accounts/mails/jobs.ts'
import { alertLanes } from '../alerts/jobs.ts'
import { inTransaction } from '../platform/database.ts'
import { createLog } from '../platform/log.ts'
import type { Settlement } from './delivery.ts'
import { startDispatcher } from './jobs.ts'
import { type Claim, claimDue, releaseClaims, settleClaim } from './store.ts'

const QUEUE = { table: 'alerts', channel: 'EMAIL' } as const
const WISH = { most: 10, perReceiver: 10, perWorkspace: 10, held: [] }
const ADA = 'ada@example.com'

const startedAt = Date.UTC(2026, 10, 20, 3)

/** A database and a receiver of mail of a test's own, and what can be done with them. */
async function openStage() {
  const [database, sink] = await Promise.all([openTestDatabase(), startSmtpSink()])
  const watchMany = async (
    count: number,
    { owner = ADA, alertEmail = null }: { owner?: string; alertEmail?: string | null } = {},
  ) => (await watch(database, { members: [owner], alertEmail, count })).monitors
  const logged: string[] = []
  const log = createLog('warn', { write: (line) => logged.push(line) })
  const alerts = () => database.prisma.alert.findMany({ orderBy: { position: 'asc' } })
  return {
    database,
    sink,
    /** What the log says, by its words and reasons. */
    complaints: () => logged.map((line) => JSON.parse(line)).map(({ msg, why }) => [msg, why]),
    watchMany,
    /** In one workspace, each with a mailbox of its own: no storm for anybody. */
    async watchApart(count: number) {
      const monitors = await watchMany(count)
      await database.pool.query(`UPDATE monitors SET alert_email = id || '@example.com'`)
      return monitors
    },
    watchOne: async (settings?: { owner?: string; alertEmail?: string }) =>
      (await watchMany(1, settings))[0]!,
    goDown: (monitor: Watched, second = 0) =>
      turn(database, { ...monitor, from: 'UP', to: 'DOWN', at: startedAt + second * 1000 }),
    comeUp: (monitor: Watched, second = 60) =>
      turn(database, { ...monitor, from: 'DOWN', to: 'UP', at: startedAt + second * 1000 }),
    alerts,
    statuses: async () => (await alerts()).map((alert) => alert.status),
    subjects: () =>
      sink.mails.map((mail) => /^subject: (.*)$/im.exec(mail.raw.toString())?.[1]?.trim()),
    dispatch(smtpUrl: string | null = sink.url) {
      const deps = { ...testDeps(database, { SMTP_URL: smtpUrl ?? '' }), log }
      const dispatcher = startDispatcher(deps, [...alertLanes, ...accountLanes])
      return { ...dispatcher, [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    claim: () => claimDue(database.pool, QUEUE, WISH),
    settle: (claim: Claim, settlement: Settlement = { status: 'SENT' }) =>
      inTransaction(database, (tx) => settleClaim(tx, QUEUE, claim, settlement)),
    putOffRetries: () =>
      database.pool.query(
        `UPDATE alerts SET next_attempt_at = now() + interval '1 hour' WHERE error IS NOT NULL`,
      ),
    endLeases: () =>
      database.pool.query(`UPDATE alerts SET next_attempt_at = now() - interval '1 s'`),
    async [Symbol.asyncDispose]() {
      await sink.close()
      await database.close()
    },
  }
}

describe.concurrent('the dispatcher', () => {
  it('sends an alert that is committed while it waits, under its own id', async () => {
    await using stage = await openStage()
    await using _ = stage.dispatch()
    await stage.goDown(await stage.watchOne())
    await eventually('the mail is there', () => stage.sink.mails.length === 1)
    await eventually('the alert is settled', async () => (await stage.statuses())[0] === 'SENT')
    const [alert] = await stage.alerts()
    expect(stage.sink.mails[0]).toMatchObject({
      messageId: `<${alert!.id}@localhost>`,
      recipient: ADA,
    })
    expect(alert).toMatchObject({ attempts: 1, error: null })
    expect(alert?.sentAt).not.toBeNull()
  })

  it('tells down, up, down and up in order when delivery was stopped meanwhile', async () => {
    await using stage = await openStage()
    const monitor = await stage.watchOne()
    await stage.goDown(monitor, 0)
    await stage.comeUp(monitor, 60)
    await stage.goDown(monitor, 120)
    await stage.comeUp(monitor, 180)
    await using _ = stage.dispatch()
    await eventually('all four are told', () => stage.sink.mails.length === 4)
    expect(stage.subjects()).toEqual([
      'DOWN: Shop',
      'UP: Shop (after 1 min)',
      'DOWN: Shop',
      'UP: Shop (after 1 min)',
    ])
  })

  it('holds an alert back until the one before it is through, and nobody else', async () => {
    await using stage = await openStage()
    const deferred = await stage.watchOne({ alertEmail: 'deferred@example.com' })
    const fine = await stage.watchOne({ owner: 'bob@example.com' })
    stage.sink.answer = (recipient) =>
      recipient === 'deferred@example.com' ? { refuse: 450, at: 'recipient' } : 'accept'
    await stage.goDown(deferred)
    await stage.comeUp(deferred)
    await stage.goDown(fine)
    await using _ = stage.dispatch()
    await eventually('the first attempt failed', async () => (await stage.alerts())[0]?.error)
    await stage.putOffRetries()
    await eventually('the other one is told', () => stage.sink.mails.length === 1)
    expect(await stage.alerts()).toMatchObject([
      { status: 'PENDING', attempts: 1, error: expect.stringMatching(/450/) },
      { status: 'PENDING', attempts: 0 },
      {},
    ])
    expect(stage.complaints()).toEqual([
      ['not delivered, to be tried again', expect.stringMatching(/450/)],
    ])
    stage.sink.answer = () => 'accept'
    await stage.endLeases()
    await eventually('both are told after the first retry', () => stage.sink.mails.length === 3)
    expect(stage.subjects().slice(1)).toEqual(['DOWN: Shop', 'UP: Shop (after 1 min)'])
  })

  it('never sends one alert twice, with two dispatchers at work', async () => {
    await using stage = await openStage()
    const monitors = await stage.watchApart(200)
    await turn(
      stage.database,
      ...monitors.map((each) => ({
        ...each,
        from: 'UP' as const,
        to: 'DOWN' as const,
        at: startedAt,
      })),
    )
    await using _first = stage.dispatch()
    await using _second = stage.dispatch()
    await eventually('all are settled', async () =>
      (await stage.statuses()).every((status) => status === 'SENT'),
    )
    expect(stage.sink.mails).toHaveLength(200)
    expect(new Set(stage.sink.mails.map((mail) => mail.messageId)).size).toBe(200)
  })

  it('lets ten receivers hang without holding up account mails', async () => {
    await using stage = await openStage()
    stage.sink.answer = (recipient) => (recipient === ADA ? 'hang' : 'accept')
    for (let workspace = 0; workspace < 10; workspace += 1) {
      const owner = `owner-${workspace}@example.com`
      await stage.goDown(await stage.watchOne({ owner, alertEmail: ADA }))
    }
    await using _ = stage.dispatch()
    await eventually('all hands hang', () => stage.sink.connections === 10)
    const { id } = await stage.database.prisma.user.findFirstOrThrow()
    await stage.database.prisma.accountMail.create({
      data: {
        kind: 'VERIFY_EMAIL',
        userId: id,
        recipient: 'new@example.com',
        expiresAt: new Date(Date.now() + 60_000),
      },
    })
    await eventually('the account mail is there', () => stage.sink.mails.length === 1)
    const hanging = { status: 'PENDING', attempts: 1, error: null }
    expect(await stage.alerts()).toMatchObject(Array(10).fill(hanging))
  })

  it('lets one workspace hold a part of the hands, and no more', async () => {
    await using stage = await openStage()
    stage.sink.answer = (recipient) => (recipient === 'bob@example.com' ? 'accept' : 'hang')
    for (const monitor of await stage.watchApart(30)) await stage.goDown(monitor)
    await using _ = stage.dispatch()
    await eventually('some hands hang', () => stage.sink.connections >= 4)
    await stage.goDown(await stage.watchOne({ owner: 'bob@example.com' }))
    await eventually('another workspace is told', () => stage.sink.mails.length === 1)
    // Nobody has given up on those that hang.
    expect((await stage.alerts()).flatMap(({ error }) => error ?? [])).toEqual([])
  })

  it('says on the alert, on the incident and in the log that mail is not configured', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    await using _ = stage.dispatch(null)
    await eventually('it is given up', async () => (await stage.statuses())[0] === 'FAILED')
    expect((await stage.alerts())[0]).toMatchObject({
      error: 'mail is not configured: set SMTP_URL',
      attempts: 1,
    })
    const entries = await stage.database.prisma.incidentEntry.findMany()
    expect(entries.map((entry) => entry.text)).toContainEqual(
      expect.stringMatching(/^Nobody was notified .*: mail is not configured/),
    )
    expect(stage.complaints()).toEqual([
      ['not delivered, given up', 'mail is not configured: set SMTP_URL'],
    ])
  })

  it('shows a permanent refusal as failed and tells the next in line', async () => {
    await using stage = await openStage()
    const monitor = await stage.watchOne({ alertEmail: 'gone@example.com' })
    stage.sink.answer = (recipient) =>
      recipient === 'gone@example.com' ? { refuse: 550, at: 'recipient' } : 'accept'
    await stage.goDown(monitor)
    await using _ = stage.dispatch()
    await eventually('the owner is told', () => stage.sink.mails.length === 1)
    await eventually('both are settled', async () => (await stage.statuses()).at(-1) === 'SENT')
    expect(await stage.alerts()).toMatchObject([
      { recipient: 'gone@example.com', status: 'FAILED', error: expect.stringMatching(/550/) },
      { recipient: ADA, status: 'SENT', type: 'DOWN' },
    ])
  })

  it('sends again under the same key what was cut off after the final dot', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    stage.sink.answer = () => (stage.sink.mails.length === 0 ? 'cut after the final dot' : 'accept')
    await using _ = stage.dispatch()
    await eventually('it came again', () => stage.sink.mails.length === 2)
    const [first, second] = stage.sink.mails
    expect(second?.messageId).toBe(first?.messageId)
    await eventually('it is settled', async () => (await stage.statuses())[0] === 'SENT')
  })

  it('cuts off what hangs when it stops, and leaves it to be sent again', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    stage.sink.answer = (recipient) => (recipient ? 'hang' : 'accept')
    const dispatcher = stage.dispatch()
    await eventually('it hangs', () => stage.sink.connections === 1)
    await dispatcher.stop()
    expect(await stage.alerts()).toMatchObject([
      { status: 'PENDING', error: 'the process stopped while sending' },
    ])
  })

  it('goes on after its database was away', async () => {
    await using stage = await openStage()
    const monitor = await stage.watchOne()
    await using _ = stage.dispatch()
    await stage.database.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await eventually('the pool is back', () => stage.goDown(monitor))
    await eventually('it is told', () => stage.sink.mails.length === 1)
  })
})

describe.concurrent('a claim', () => {
  it('is given to one of two who ask at once', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    const claims = await Promise.all([stage.claim(), stage.claim()])
    expect(claims.flat()).toHaveLength(1)
    expect(await stage.claim()).toEqual([])
  })

  it('is lost to whoever claims anew when its lease has ended', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    const [stale] = await stage.claim()
    await stage.endLeases()
    const [fresh] = await stage.claim()
    expect(await stage.settle(stale!)).toBe(false)
    expect(await stage.statuses()).toEqual(['PENDING'])
    expect(await stage.settle(fresh!)).toBe(true)
    expect(await stage.settle(fresh!)).toBe(false)
    expect(await stage.statuses()).toEqual(['SENT'])
  })

  it('is over once it is settled, also for who never heard that it is', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    const [claim] = await stage.claim()
    const again = { status: 'PENDING', error: 'HTTP 503', retryInMs: 0, pauseMs: 0 } as const
    expect(await stage.settle(claim!, again)).toBe(true)
    expect(await stage.settle(claim!, again)).toBe(false)
    expect(await stage.claim()).toMatchObject([{ attempts: 2 }])
  })

  it('that is given back can be had at once, and counts as no attempt', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    const claims = await stage.claim()
    await releaseClaims(stage.database.pool, QUEUE, claims)
    const [again] = await eventually('it is due again', async () => {
      const due = await stage.claim()
      return due.length > 0 && due
    })
    expect(again).toMatchObject({ attempts: 1 })
  })

  it('that is stale gives nothing back', async () => {
    await using stage = await openStage()
    await stage.goDown(await stage.watchOne())
    const stale = await stage.claim()
    await stage.endLeases()
    await stage.claim()
    await releaseClaims(stage.database.pool, QUEUE, stale)
    expect(await stage.claim()).toEqual([])
  })
})
