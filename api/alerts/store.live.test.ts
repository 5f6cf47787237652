import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../test/channels.ts'
import { openTestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { untilSomebodyWaits } from '../../test/locks.ts'
import { addMonitors, watch, type Watched } from '../../test/monitors.ts'
import { takeBack, turn } from '../../test/telling.ts'
import { lockOpenIncidents } from '../incidents/certificates/store.ts'
import { lockForEdit } from '../monitors/store.ts'
import type { Status } from '../monitors/timeline.ts'
import { inTransaction } from '../platform/database.ts'
import { tellSomebodyElse } from './deeds.ts'
import { readNotice } from './store.ts'

const ADA = 'ada@example.com'
const startedAt = Date.UTC(2026, 10, 20, 3)

async function openStage() {
  const database = await openTestDatabase()
  const deps = testDeps(database)
  const { workspaceId, monitors } = await watch(database, { members: [ADA] })
  const [monitor] = monitors as [Watched]
  return {
    deps,
    workspaceId,
    database,
    turning: (from: Status, to: Status, second: number) => ({
      ...monitor,
      from,
      to,
      at: startedAt + second * 1_000,
    }),
    async notices() {
      const alerts = await database.prisma.alert.findMany({ orderBy: { position: 'asc' } })
      return Promise.all(alerts.map(({ id }) => readNotice(database.pool, id)))
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

it('has the monitors of alerts that are given up locked before their incidents, as everywhere', async () => {
  await using stage = await openStage()
  const { database, deps } = stage
  await database.prisma.monitor.updateMany({ data: { alertEmail: 'kim@example.com' } })
  await turn(database, stage.turning('UP', 'DOWN', 0))
  const { id, monitorId, workspaceId } = await database.prisma.alert.findFirstOrThrow()
  let givingUp: Promise<void> | undefined
  await inTransaction(database, async (tx) => {
    await lockForEdit(tx, { id: monitorId, workspaceId })
    givingUp = inTransaction(database, (other) => tellSomebodyElse(deps, other, [id]))
    await untilSomebodyWaits(database)
    await tx.query('SELECT FROM incidents FOR UPDATE NOWAIT')
  })
  await givingUp
})

it('has incidents locked in the order of a batch of results: about certificates, then by their start', async () => {
  await using stage = await openStage()
  const { database, deps, workspaceId } = stage
  await turn(database, stage.turning('UP', 'DOWN', 0))
  const monitors = await addMonitors(database, { workspaceId, count: 2 })
  const monitorIds = monitors.map(({ monitorId }) => monitorId)
  await tellOfCertificates(stage, monitorIds)
  const alerts = await database.prisma.alert.findMany()
  const alertIds = alerts.map(({ id }) => id)
  const waiting = await inTransaction(database, async (tx) => {
    const first = await lockOpenIncidents(tx, monitorIds.slice(1))
    expect(first.size).toBe(1)
    const batch = inTransaction(database, (other) => lockOpenIncidents(other, monitorIds))
    const givingUp = inTransaction(database, (other) => tellSomebodyElse(deps, other, alertIds))
    await untilSomebodyWaits(database, 2)
    await tx.query('SELECT FROM incidents FOR UPDATE NOWAIT')
    return [batch, givingUp]
  })
  await Promise.all(waiting)
})

describe.concurrent('what an alert can tell', () => {
  it('has the votes that opened an incident, also where that is open again', async () => {
    await using stage = await openStage()
    await turn(stage.database, stage.turning('UP', 'DOWN', 0))
    const up = stage.turning('DOWN', 'UP', 60)
    const [transitionId] = await turn(stage.database, up)
    await takeBack(stage.database, up, transitionId!)
    const [down, ended, again] = await stage.notices()
    const seen = { regions: ['local'], regionCount: 1 }
    expect(down).toMatchObject({ type: 'DOWN', statusAfter: 'DOWN', ...seen })
    expect(ended).toMatchObject({ type: 'UP', statusAfter: 'UP', ...seen })
    expect(again).toMatchObject({ type: 'DOWN', statusAfter: 'DOWN', ...seen })
  })

  it('knows that a monitor is up, but slow', async () => {
    await using stage = await openStage()
    await turn(stage.database, stage.turning('UP', 'DOWN', 0))
    await turn(stage.database, stage.turning('DOWN', 'DEGRADED', 60))
    const ofUp = (await stage.notices()).filter((notice) => notice?.type === 'UP')
    expect(ofUp).toMatchObject([{ statusAfter: 'DEGRADED' }])
  })

  it('is told by the clock of the contact whose channel or mailbox it is', async () => {
    await using stage = await openStage()
    const contact = { email: ADA, timeZone: 'Asia/Tokyo' }
    const contactId = await addContact(stage.deps, stage.workspaceId, contact)
    const mine = { contactId, webhook: { url: 'https://mine.example/' } }
    await addChannel(stage.deps, stage.workspaceId, mine)
    await addChannel(stage.deps, stage.workspaceId, { webhook: { url: 'https://ours.example/' } })
    await turn(stage.database, stage.turning('UP', 'DOWN', 0))
    const zones = (await stage.notices()).map((one) => `${one?.recipient}: ${one?.timeZone}`)
    expect(zones.toSorted()).toEqual([
      'ada@example.com: Asia/Tokyo',
      'mine.example: Asia/Tokyo',
      'ours.example: UTC',
    ])
  })

  it('says that nobody has acknowledged it where it is told again, and while that is so', async () => {
    await using stage = await openStage()
    await turn(stage.database, stage.turning('UP', 'DOWN', 0))
    const unattended = async () => (await stage.notices()).map((one) => one?.isUnattended)
    expect(await unattended()).toEqual([false])
    await stage.database.pool.query('UPDATE alerts SET round = 1')
    expect(await unattended()).toEqual([true])
    await stage.database.pool.query(
      `UPDATE incidents SET status = 'ACKNOWLEDGED', acknowledged_at = now()`,
    )
    expect(await unattended()).toEqual([false])
  })
})

type Stage = Awaited<ReturnType<typeof openStage>>

/** Their certificates run out: the later a monitor was made, the longer this is so. */
async function tellOfCertificates(
  { database, workspaceId }: Stage,
  monitorIds: string[],
): Promise<void> {
  for (const [place, monitorId] of monitorIds.entries()) {
    const alert = {
      workspaceId,
      monitorId,
      type: 'CERTIFICATE_EXPIRY',
      channel: 'EMAIL',
      recipient: ADA,
    } as const
    const incident = { workspaceId, monitorId, kind: 'CERTIFICATE', cause: 'It expires' } as const
    const at = new Date(startedAt + 3_600_000 - place * 1_000)
    await database.prisma.incident.create({
      data: { ...incident, startedAt: at, alerts: { create: alert } },
    })
  }
}
