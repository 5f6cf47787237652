import { describe, expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { eventually } from '../../../test/eventually.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { addMonitors, watch } from '../../../test/monitors.ts'
import { statementsOf } from '../../../test/statements.ts'
import { ADA, openStormStage as openStage } from '../../../test/storm-stage.ts'
import type { Principal } from '../../accounts/principal.ts'
import { acknowledgeIncident, resolveIncident } from '../../incidents/deeds.ts'
import { inTransaction } from '../../platform/database.ts'
import { digestLines } from '../channels/digest.ts'
import { readDigest, settleAlertsOf } from './store.ts'

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
      // Not what is being sent, which would lose its lease.
      await stage.database.pool.query('UPDATE digests SET next_attempt_at = now() WHERE fence = 0')
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

  it('tells who did what it tells', async () => {
    await using stage = await openStage({ count: 6 })
    const { deps, database, workspaceId, monitors } = stage
    await stage.goDown()
    const { id: userId } = await database.prisma.user.update({
      where: { email: ADA },
      data: { name: 'Ada' },
    })
    const { id } = await database.prisma.incident.findFirstOrThrow({
      where: { monitorId: monitors[5]!.monitorId },
    })
    await resolveIncident(deps, { workspaceId, userId } as Principal, id)
    const [open] = await stage.digests()
    expect((await readDigest(database.pool, open!.id))?.entries).toMatchObject([
      { type: 'DOWN', incidentKind: 'DOWN', entry: null, certificateExpiresAt: null },
      { type: 'RESOLVED', entry: { text: 'Resolved by hand.', by: 'Ada' } },
    ])
  })

  it('says that nobody is at it while that is so', async () => {
    await using stage = await openStage({ count: 6 })
    const { deps, database, workspaceId, monitors } = stage
    await stage.goDown()
    await database.pool.query('UPDATE alerts SET round = 1 WHERE digest_id IS NOT NULL')
    const [open] = await stage.digests()
    const lines = async () => {
      const { entries = [], timeZone = '' } = (await readDigest(database.pool, open!.id)) ?? {}
      return digestLines(entries, timeZone)
    }
    expect(await lines()).toEqual([expect.stringMatching(/^DOWN: monitor-5,.*, not acknowledged$/)])
    const { id } = await database.prisma.incident.findFirstOrThrow({
      where: { monitorId: monitors[5]!.monitorId },
    })
    await acknowledgeIncident(deps, { workspaceId } as Principal, id)
    expect(await lines()).toEqual([expect.not.stringContaining('acknowledged')])
  })

  it('that waits for hours is sent once its receiver takes anything', async () => {
    await using stage = await openStage({ count: 8 })
    await stage.goDown(stage.monitors.slice(0, 7))
    await stage.database.pool.query(
      `UPDATE digests SET attempts = 8, fence = 8, next_attempt_at = now() + interval '12 hours'`,
    )
    await using _ = stage.dispatch()
    await stage.settled()
    expect(stage.mails().map(({ subject }) => subject)).toContain('2 alerts: 2 down')
    expect(await stage.digests()).toMatchObject([{ attempts: 9, earlyAttempts: 1 }])
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

  it('has its alerts locked in their order when it is settled, as who deletes a monitor locks them', async () => {
    await using stage = await openStage({ count: 6 })
    const { database } = stage
    await stage.goDown()
    await stage.comeUp(stage.monitors.slice(5))
    const [open] = await stage.digests()
    // So that a statement that asks for no order goes the other way.
    await database.pool.query(
      'CREATE INDEX backwards ON alerts (position DESC); CLUSTER alerts USING backwards',
    )
    const settling = await inTransaction(database, async (tx) => {
      const itsAlerts = 'SELECT FROM alerts WHERE digest_id IS NOT NULL ORDER BY position'
      await tx.query(`${itsAlerts} LIMIT 1 FOR UPDATE`)
      const settled = inTransaction(database, (other) =>
        settleAlertsOf(other, open!.id, { status: 'SENT' }),
      )
      await untilSomebodyWaits(database)
      await tx.query(`${itsAlerts} FOR UPDATE NOWAIT`)
      return { settled }
    })
    expect(await settling.settled).toHaveLength(2)
  })

  it('comes after the one before it, whatever the clocks of those who opened them say', async () => {
    await using stage = await openStage({ count: 7 })
    const { pool } = stage.database
    await stage.goDown(stage.monitors.slice(0, 6))
    const id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'
    await pool.query('UPDATE digests SET id = $1, attempts = 1, fence = 1', [id])
    await stage.goDown(stage.monitors.slice(6))
    await pool.query(`UPDATE alerts SET status = 'SENT', sent_at = now() WHERE digest_id IS NULL`)
    await stage.letPass(6)
    expect(await stage.claimDigests()).toMatchObject([{ id }])
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
