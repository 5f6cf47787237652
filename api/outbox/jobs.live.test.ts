import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { eventually } from '../../test/eventually.ts'
import { type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { tellingDeps, turn, watch, type Watched } from '../../test/telling.ts'
import { inTransaction } from '../platform/database.ts'
import { startDispatcher } from './jobs.ts'
import { claimDue, releaseClaims, settleClaim } from './store.ts'

const QUEUE = { table: 'alerts', channel: 'EMAIL' } as const
const ADA = 'ada@example.com'

let database: TestDatabase
let sink: SmtpSink

beforeEach(async () => {
  database = await openTestDatabase()
  sink = await startSmtpSink()
})
afterEach(async () => {
  await sink.close()
  await database.close()
})

const startedAt = Date.UTC(2026, 10, 20, 3)
const goDown = (monitor: Watched, second = 0) =>
  turn(database, { ...monitor, from: 'UP', to: 'DOWN', at: startedAt + second * 1000 })
const comeUp = (monitor: Watched, second = 60) =>
  turn(database, { ...monitor, from: 'DOWN', to: 'UP', at: startedAt + second * 1000 })

async function watchMany(count: number, settings: { alertEmail?: string; owner?: string } = {}) {
  const { owner = ADA, alertEmail = null } = settings
  const { monitors } = await watch(database, { members: [owner], alertEmail, count })
  return monitors
}

async function watchOne(settings?: { alertEmail?: string; owner?: string }): Promise<Watched> {
  return (await watchMany(1, settings))[0]!
}

const alerts = () => database.prisma.alert.findMany({ orderBy: { position: 'asc' } })
const statuses = async () => (await alerts()).map((alert) => alert.status)
const dispatch = (smtpUrl: string | null = sink.url) =>
  startDispatcher(tellingDeps(database, smtpUrl))
const subjects = () =>
  sink.mails.map((mail) => /^subject: (.*)$/im.exec(mail.raw.toString())?.[1]?.trim())

describe('the dispatcher', () => {
  it('sends an alert within a second of its commit, under its own id', async () => {
    await using _ = disposing(dispatch())
    const monitor = await watchOne()
    await goDown(monitor)
    const committedAt = performance.now()
    await eventually('the mail is there', () => sink.mails.length === 1)
    expect(performance.now() - committedAt).toBeLessThan(1_000)
    await eventually('the alert is settled', async () => (await statuses())[0] === 'SENT')
    const [alert] = await alerts()
    expect(sink.mails[0]).toMatchObject({ messageId: `<${alert!.id}@localhost>`, recipient: ADA })
    expect(alert).toMatchObject({ attempts: 1, error: null })
    expect(alert?.sentAt).not.toBeNull()
  })

  it('tells down, up, down and up in order when delivery was stopped meanwhile', async () => {
    const monitor = await watchOne()
    await goDown(monitor, 0)
    await comeUp(monitor, 60)
    await goDown(monitor, 120)
    await comeUp(monitor, 180)
    await using _ = disposing(dispatch())
    await eventually('all four are told', () => sink.mails.length === 4)
    expect(subjects()).toEqual([
      'DOWN: Shop',
      'UP: Shop (after 1 min)',
      'DOWN: Shop',
      'UP: Shop (after 1 min)',
    ])
  })

  it('holds an alert back until the one before it is through, and nobody else', async () => {
    const deferred = await watchOne({ alertEmail: 'deferred@example.com' })
    const fine = await watchOne({ owner: 'bob@example.com' })
    sink.answer = (recipient) =>
      recipient === 'deferred@example.com' ? { refuse: 450, at: 'recipient' } : 'accept'
    await goDown(deferred)
    await comeUp(deferred)
    await goDown(fine)
    await using _ = disposing(dispatch())
    await eventually('the other one is told', () => sink.mails.length === 1)
    await eventually('the first attempt failed', async () => (await alerts())[0]?.error)
    expect(await alerts()).toMatchObject([
      { status: 'PENDING', attempts: 1, error: expect.stringMatching(/450/) },
      { status: 'PENDING', attempts: 0 },
      {},
    ])
    sink.answer = () => 'accept'
    await eventually('both are told after the first retry', () => sink.mails.length === 3)
    expect(subjects().slice(1)).toEqual(['DOWN: Shop', 'UP: Shop (after 1 min)'])
  })

  it('never sends one alert twice, with two dispatchers at work', async () => {
    const monitors = await watchMany(200)
    await turn(
      database,
      ...monitors.map((each) => ({
        ...each,
        from: 'UP' as const,
        to: 'DOWN' as const,
        at: startedAt,
      })),
    )
    await using _first = disposing(dispatch())
    await using _second = disposing(dispatch())
    await eventually('all are settled', async () =>
      (await statuses()).every((status) => status === 'SENT'),
    )
    expect(sink.mails).toHaveLength(200)
    expect(new Set(sink.mails.map((mail) => mail.messageId)).size).toBe(200)
  })

  it('lets ten receivers hang without holding up account mails', async () => {
    const monitors = await watchMany(10)
    sink.answer = (recipient) => (recipient === ADA ? 'hang' : 'accept')
    for (const monitor of monitors) await goDown(monitor)
    await using _ = disposing(dispatch())
    await eventually('all hands hang', () => sink.connections === 10)
    const { id } = await database.prisma.user.findFirstOrThrow()
    await database.prisma.accountMail.create({
      data: {
        kind: 'VERIFY_EMAIL',
        userId: id,
        recipient: 'new@example.com',
        expiresAt: new Date(Date.now() + 60_000),
      },
    })
    await eventually('the account mail is there', () => sink.mails.length === 1, 3_000)
  })

  it('says on the alert and on the incident that mail is not configured', async () => {
    await goDown(await watchOne())
    await using _ = disposing(dispatch(null))
    await eventually('it is given up', async () => (await statuses())[0] === 'FAILED')
    expect((await alerts())[0]).toMatchObject({
      error: 'mail is not configured: set SMTP_URL',
      attempts: 1,
    })
    const entries = await database.prisma.incidentEntry.findMany()
    expect(entries.map((entry) => entry.text)).toContainEqual(
      expect.stringMatching(/^Nobody was notified/),
    )
  })

  it('shows a permanent refusal as failed and tells the next in line', async () => {
    const monitor = await watchOne({ alertEmail: 'gone@example.com' })
    sink.answer = (recipient) =>
      recipient === 'gone@example.com' ? { refuse: 550, at: 'recipient' } : 'accept'
    await goDown(monitor)
    await using _ = disposing(dispatch())
    await eventually('the owner is told', () => sink.mails.length === 1)
    await eventually('both are settled', async () => (await statuses()).at(-1) === 'SENT')
    expect(await alerts()).toMatchObject([
      { recipient: 'gone@example.com', status: 'FAILED', error: expect.stringMatching(/550/) },
      { recipient: ADA, status: 'SENT', type: 'DOWN' },
    ])
  })

  it('sends again under the same key what was cut off after the final dot', async () => {
    await goDown(await watchOne())
    sink.answer = () => (sink.mails.length === 0 ? 'cut after the final dot' : 'accept')
    await using _ = disposing(dispatch())
    await eventually('it came again', () => sink.mails.length === 2)
    const [first, second] = sink.mails
    expect(second?.messageId).toBe(first?.messageId)
    await eventually('it is settled', async () => (await statuses())[0] === 'SENT')
  })

  it('stops within seconds, and leaves what hangs to be sent again', async () => {
    await goDown(await watchOne())
    sink.answer = (recipient) => (recipient ? 'hang' : 'accept')
    const dispatcher = dispatch()
    await eventually('it hangs', () => sink.connections === 1)
    const stoppedAt = performance.now()
    await dispatcher.stop()
    expect(performance.now() - stoppedAt).toBeLessThan(5_000)
    expect(await alerts()).toMatchObject([
      { status: 'PENDING', error: 'the process stopped while sending' },
    ])
  })

  it('goes on after its database was away', async () => {
    await using _ = disposing(dispatch())
    await database.pool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    const monitor = await eventually('the pool is back', () => watchOne())
    await goDown(monitor)
    await eventually('it is told', () => sink.mails.length === 1)
  })
})

describe('a claim', () => {
  const settled = (claim: Parameters<typeof settleClaim>[2]) =>
    inTransaction(database, (tx) => settleClaim(tx, QUEUE, claim, { status: 'SENT' }))
  const claim = () => claimDue(database.pool, QUEUE, 10)
  const endLeases = () => database.pool.query('UPDATE alerts SET next_attempt_at = now()')

  it('is given to one of two who ask at once', async () => {
    await goDown(await watchOne())
    const claims = await Promise.all([claim(), claim()])
    expect(claims.flat()).toHaveLength(1)
    expect(await claim()).toEqual([])
  })

  it('is lost to whoever claims anew when its lease has ended', async () => {
    await goDown(await watchOne())
    const [stale] = await claim()
    await endLeases()
    const [fresh] = await claim()
    expect(await settled(stale!)).toBe(false)
    expect(await statuses()).toEqual(['PENDING'])
    expect(await settled(fresh!)).toBe(true)
    expect(await settled(fresh!)).toBe(false)
    expect(await statuses()).toEqual(['SENT'])
  })

  it('that is given back can be had at once, and counts as no attempt', async () => {
    await goDown(await watchOne())
    const claims = await claim()
    await releaseClaims(database.pool, QUEUE, claims)
    expect(await claim()).toMatchObject([{ attempts: 1 }])
  })

  it('that is stale gives nothing back', async () => {
    await goDown(await watchOne())
    const stale = await claim()
    await endLeases()
    await claim()
    await releaseClaims(database.pool, QUEUE, stale)
    expect(await claim()).toEqual([])
  })
})

function disposing(dispatcher: { stop(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => dispatcher.stop() }
}
