import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { statementsOf } from '../../../test/statements.ts'
import { tellSomebodyElse } from '../../alerts/deeds.ts'
import { wordsOf } from '../../alerts/message.ts'
import { readNotice } from '../../alerts/store.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'
import { watchCertificates } from './jobs.ts'

const INTERVAL_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let server: TestServer
let alice: Person

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice } = await gather(server))
  await keepPartitions(server.deps)
  const { workspaceId } = alice
  const probe = { workspaceId, region: 'weur', name: 'Edge', secret: Buffer.of() }
  await server.database.prisma.probe.create({ data: { ...probe, kind: 'EDGE' } })
})
afterAll(() => server[Symbol.asyncDispose]())

const act = async (mutation: string, input: object) => {
  const stem = mutation[0]!.toUpperCase() + mutation.slice(1)
  const { data, errors } = await alice.ask(
    `mutation ($input: ${stem}Input!) { ${mutation}(input: $input) { monitor { id } } }`,
    { input },
  )
  expect(errors).toEqual([])
  return data[mutation].monitor.id as string
}

async function watch(more: object = {}) {
  const target = 'https://shop.example.com/'
  const id = await act('createMonitor', { name: 'Shop', kind: 'HTTP', target, ...more })
  return { id, key: uuidOf('Monitor', id) }
}

const never = new AbortController().signal

let second = 0
/** A check a second: what the region saw of the certificate, milliseconds from now. */
const see = (key: string, leftMs: number | null, region = 'local') => {
  second += 1
  const certificateExpiresAt = leftMs === null ? null : nowMs + leftMs
  const fromMs = Date.now() + second * 1_000
  return report(server.deps, key, [{ outcome: 'UP', certificateExpiresAt }], { fromMs, region })
}
const nowMs = Math.floor(Date.now() / 1_000) * 1_000

/** As if so much time had passed for the monitor's certificate. */
const passTime = (key: string, ms: number) =>
  server.database.pool.query(
    `WITH vote AS (UPDATE region_votes SET certificate_expires_at = certificate_expires_at - $2 * interval '1 ms'
       WHERE monitor_id = $1)
     UPDATE monitors SET certificate_due_at = certificate_due_at - $2 * interval '1 ms',
       certificate_mixed_at = certificate_mixed_at - $2 * interval '1 ms' WHERE id = $1`,
    [key, ms],
  )

const lastHeard = (key: string, region: string, hoursAgo: number) =>
  server.database.pool.query(
    `UPDATE region_votes SET last_checked_at = now() - $3 * interval '1 hour'
     WHERE monitor_id = $1 AND region = $2`,
    [key, region, hoursAgo],
  )

/** Time passes, and what is due then is looked at. */
const later = async (key: string, ms: number) => {
  await passTime(key, ms)
  await watchCertificates(server.deps, never)
}

const storyOf = async (key: string) => {
  const incidents = await server.database.prisma.incident.findMany({
    where: { monitorId: key, kind: 'CERTIFICATE' },
    orderBy: { id: 'asc' },
    include: {
      timeline: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] },
      alerts: { orderBy: { position: 'asc' } },
    },
  })
  return incidents.map(({ status, alerts, timeline }) => ({
    status,
    told: alerts.map(({ type, daysLeft }) => `${type} ${daysLeft}`),
    timeline: timeline.map(({ kind }) => kind),
  }))
}

const monitorOf = (key: string) =>
  server.database.prisma.monitor.findUniqueOrThrow({ where: { id: key } })

describe('a certificate', () => {
  it('opens an incident at once where its end is near, tells each stage, and its renewal', async () => {
    const { key } = await watch()
    await see(key, 31 * DAY_MS)
    expect(await storyOf(key)).toEqual([])
    for (const days of [1, 16, 7, 4]) await later(key, days * DAY_MS)
    await see(key, 80 * DAY_MS)
    await later(key, 2 * INTERVAL_MS)
    expect(await storyOf(key)).toMatchObject([{ status: 'OPEN' }])
    await later(key, INTERVAL_MS)
    expect(await storyOf(key)).toEqual([
      {
        status: 'RESOLVED',
        told: [
          'CERTIFICATE_EXPIRY 30',
          'CERTIFICATE_EXPIRY 14',
          'CERTIFICATE_EXPIRY 7',
          'CERTIFICATE_EXPIRY 3',
          'CERTIFICATE_RENEWED 79',
        ],
        timeline: ['OPENED', 'COMMENTED', 'COMMENTED', 'COMMENTED', 'RESOLVED'],
      },
    ])
  })

  it('is told of in words', async () => {
    const { key } = await watch()
    await see(key, 6 * DAY_MS)
    const { id } = await server.database.prisma.alert.findFirstOrThrow({
      where: { monitorId: key },
    })
    const notice = await readNotice(server.database.pool, id)
    const { subject, facts } = wordsOf(notice!)
    const until = new Date(nowMs + 6 * DAY_MS).toISOString().slice(0, 19).replace('T', ' ')
    expect(subject).toBe('CERTIFICATE: Shop (expires in 6 days)')
    expect(facts).toEqual([
      { label: 'What', value: expect.any(String) },
      { label: 'Expires', value: `${until} UTC` },
    ])
  })

  it('is the one that ends first of all that the regions see', async () => {
    const { key } = await watch({ regions: ['local', 'weur'] })
    await see(key, 90 * DAY_MS, 'weur')
    await see(key, 10 * DAY_MS)
    await see(key, 90 * DAY_MS, 'weur')
    expect(await storyOf(key)).toMatchObject([{ status: 'OPEN', told: ['CERTIFICATE_EXPIRY 14'] }])
    expect((await monitorOf(key)).certificateExpiresAt).toEqual(new Date(nowMs + 10 * DAY_MS))
  })

  it('is the same whichever of two regions is recorded first', async () => {
    const monitors = await Promise.all(
      Array.from({ length: 5 }, () => watch({ regions: ['local', 'weur'] })),
    )
    await Promise.all(
      monitors.flatMap(({ key }) => [see(key, 40 * DAY_MS), see(key, 10 * DAY_MS, 'weur')]),
    )
    for (const { key } of monitors) {
      expect((await monitorOf(key)).certificateExpiresAt).toEqual(new Date(nowMs + 10 * DAY_MS))
      expect(await storyOf(key)).toMatchObject([{ told: ['CERTIFICATE_EXPIRY 14'] }])
    }
  })

  it('of which only some servers have the new one is renewed a day after the last of the others', async () => {
    const { key } = await watch()
    for (const days of [5, 90, 5, 90]) {
      await see(key, days * DAY_MS)
      await watchCertificates(server.deps, never)
    }
    const open = { status: 'OPEN', told: ['CERTIFICATE_EXPIRY 7'] }
    await later(key, 23 * HOUR_MS)
    expect(await storyOf(key)).toMatchObject([open])
    await later(key, HOUR_MS)
    expect(await storyOf(key)).toMatchObject([
      { status: 'RESOLVED', told: [...open.told, 'CERTIFICATE_RENEWED 88'] },
    ])
  })

  it('checked once a day is believed to be renewed within the hour', async () => {
    const { key } = await watch({ intervalSeconds: 86_400 })
    await see(key, 5 * DAY_MS)
    await see(key, 90 * DAY_MS)
    await later(key, HOUR_MS)
    expect(await storyOf(key)).toMatchObject([{ status: 'RESOLVED' }])
  })

  it('is renewed in all regions, less those that are silent while they are', async () => {
    const { key } = await watch({ regions: ['local', 'weur'] })
    await see(key, 10 * DAY_MS, 'weur')
    await see(key, 10 * DAY_MS)
    await see(key, 90 * DAY_MS)
    await later(key, HOUR_MS)
    expect(await storyOf(key)).toMatchObject([{ status: 'OPEN' }])
    await lastHeard(key, 'weur', 24)
    await later(key, HOUR_MS)
    expect(await storyOf(key)).toMatchObject([{ status: 'RESOLVED' }])
    await lastHeard(key, 'weur', 0)
    await later(key, HOUR_MS)
    expect(await storyOf(key)).toMatchObject([{ status: 'RESOLVED' }, { status: 'OPEN' }])
  })

  it('stays as it was seen where a check sees none', async () => {
    const { key } = await watch()
    await see(key, 40 * DAY_MS)
    await see(key, null)
    expect((await monitorOf(key)).certificateExpiresAt).toEqual(new Date(nowMs + 40 * DAY_MS))
  })

  it('costs a check nothing while it is the same', async () => {
    const { key } = await watch()
    await see(key, 40 * DAY_MS)
    const statements = await statementsOf(server.database.pool, () => see(key, 40 * DAY_MS))
    const without = await statementsOf(server.database.pool, () => see(key, null))
    expect(statements).toEqual(without)
  })
})

describe('an incident about a certificate', () => {
  it('ends where the monitor is paused, says so, and opens anew when it is resumed', async () => {
    const { id, key } = await watch()
    await see(key, 5 * DAY_MS)
    await act('pauseMonitor', { id })
    const told = ['CERTIFICATE_EXPIRY 7']
    const first = { status: 'RESOLVED', told: [...told, 'RESOLVED null'] }
    expect(await storyOf(key)).toMatchObject([first])
    await act('resumeMonitor', { id })
    await see(key, 5 * DAY_MS)
    expect(await storyOf(key)).toMatchObject([first, { status: 'OPEN', told }])
  })

  it('ends where another target is watched, and says so', async () => {
    const { id, key } = await watch()
    await see(key, 5 * DAY_MS)
    await act('updateMonitor', { id, target: 'https://store.example.com/' })
    expect(await storyOf(key)).toMatchObject([
      {
        status: 'RESOLVED',
        told: ['CERTIFICATE_EXPIRY 7', 'RESOLVED null'],
        timeline: ['OPENED', 'RESOLVED'],
      },
    ])
    expect(await monitorOf(key)).toMatchObject({
      certificateExpiresAt: null,
      certificateDueAt: null,
    })
  })

  it('is not opened where nobody wants to hear of it', async () => {
    const { id, key } = await watch({ certificateAlerts: false })
    await see(key, 5 * DAY_MS)
    expect(await storyOf(key)).toEqual([])
    expect((await monitorOf(key)).certificateExpiresAt).toEqual(new Date(nowMs + 5 * DAY_MS))
    await act('updateMonitor', { id, certificateAlerts: true })
    expect(await storyOf(key)).toMatchObject([{ status: 'OPEN' }])
    await act('updateMonitor', { id, certificateAlerts: false })
    expect(await storyOf(key)).toMatchObject([{ status: 'RESOLVED' }])
  })

  it('that a person resolved stays so until the next stage', async () => {
    const { key } = await watch()
    await see(key, 8 * DAY_MS)
    await server.database.pool.query(
      `UPDATE incidents SET status = 'RESOLVED', resolved_at = now() WHERE monitor_id = $1`,
      [key],
    )
    await see(key, 8 * DAY_MS - HOUR_MS)
    expect(await storyOf(key)).toHaveLength(1)
    await passTime(key, DAY_MS)
    await watchCertificates(server.deps, never)
    expect(await storyOf(key)).toMatchObject([
      { told: ['CERTIFICATE_EXPIRY 14'] },
      { status: 'OPEN', told: ['CERTIFICATE_EXPIRY 7'] },
    ])
  })

  it('is told to the next in line as it ended, and that once, however late', async () => {
    const { key } = await watch({ alertEmail: 'kim@example.com' })
    await see(key, 5 * DAY_MS)
    await see(key, 90 * DAY_MS)
    await later(key, 3 * INTERVAL_MS)
    const where = { monitorId: key }
    const inOrder = { where, orderBy: { position: 'asc' } } as const
    for (const { id } of await server.database.prisma.alert.findMany(inOrder)) {
      await inTransaction(server.database, async (tx) => {
        await tx.query(`UPDATE alerts SET status = 'FAILED', error = 'no' WHERE id = $1`, [id])
        await tellSomebodyElse(server.deps, tx, [id])
      })
    }
    const told = await server.database.prisma.alert.findMany(inOrder)
    expect(told.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'CERTIFICATE_EXPIRY FAILED',
      'CERTIFICATE_RENEWED FAILED',
      'CERTIFICATE_EXPIRY PENDING',
      'CERTIFICATE_RENEWED PENDING',
    ])
  })

  it('is told of once by two who find it due at the same time', async () => {
    const monitors = await Promise.all(Array.from({ length: 5 }, () => watch()))
    for (const { key } of monitors) await see(key, 15 * DAY_MS)
    for (const { key } of monitors) await passTime(key, DAY_MS)
    await Promise.all([
      watchCertificates(server.deps, never),
      watchCertificates(server.deps, never),
    ])
    for (const { key } of monitors) {
      expect(await storyOf(key)).toEqual([
        {
          status: 'OPEN',
          told: ['CERTIFICATE_EXPIRY 30', 'CERTIFICATE_EXPIRY 14'],
          timeline: ['OPENED', 'COMMENTED'],
        },
      ])
    }
  })
})
