import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { makeWorkspace } from '../../../test/monitors.ts'
import { report } from '../../../test/reports.ts'
import { tellTime, type ToldTime } from '../../../test/rig/told-time.ts'
import { testScope } from '../../../test/scope.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { createKeyring } from '../../platform/keyring.ts'
import { pauseMonitor } from '../deeds.ts'
import { parseNewMonitor } from '../input/input.ts'
import { judgeChange, type MonitorSettings, sealSettings } from '../monitor.ts'
import { insertMonitor, lockForEdit, type MonitorRow, saveSettings } from '../store.ts'
import { beginChecking, ceaseChecking, rejudge, resumeChecking } from './deeds.ts'

const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }])

const ofRegions = (...regions: string[]): MonitorSettings => ({
  ...parseNewMonitor(
    { name: 'Shop', kind: 'HTTP', target: 'https://shop.example.com/', failureThreshold: 1 },
    testScope,
  ),
  regions,
})

let server: TestServer
let workspaceId: string

beforeAll(async () => {
  server = await openTestServer()
  workspaceId = await makeWorkspace(server.database)
  await keepPartitions(server.deps)
})
afterAll(() => server[Symbol.asyncDispose]())

async function watch(settings: MonitorSettings, createdAt = Date.now()): Promise<string> {
  const monitor = { id: randomUUIDv7(), workspaceId, createdById: null, createdAt }
  await inTransaction(server.database, async (tx) => {
    await insertMonitor(tx, monitor, sealSettings(monitor, settings, keyring))
    await beginChecking(tx, { ...monitor, ...settings }, monitor.createdAt)
  })
  return monitor.id
}

function edit(
  id: string,
  work: (tx: Transaction, row: MonitorRow, nowMs: number) => Promise<void>,
): Promise<void> {
  return inTransaction(server.database, async (tx) => {
    const row = await lockForEdit(tx, { id, workspaceId })
    await work(tx, row!, Math.max(Date.now(), row!.lastDecidedAt + 1))
  })
}

function moveTo(id: string, ...regions: string[]): Promise<void> {
  return change(id, ofRegions(...regions))
}

function change(id: string, after: MonitorSettings): Promise<void> {
  return edit(id, async (tx, row, nowMs) => {
    const before = ofRegions(...row.regions)
    await saveSettings(tx, { id, updatedAt: nowMs }, sealSettings(row, after, keyring))
    await rejudge(tx, { ...row, ...after }, judgeChange(before, after), nowMs)
  })
}

async function watchedFrom(id: string): Promise<{ votes: string[]; runs: string[] }> {
  const where = { where: { monitorId: id }, orderBy: { region: 'asc' as const } }
  const votes = await server.database.prisma.regionVote.findMany(where)
  const runs = await server.database.prisma.assignment.findMany(where)
  return { votes: votes.map(({ region }) => region), runs: runs.map(({ region }) => region) }
}

const statusOf = async (id: string) =>
  (await server.database.prisma.monitor.findUniqueOrThrow({ where: { id } })).status

describe('a change of regions', () => {
  it('adds a vote and a run for each new one, and drops those of the others', async () => {
    const id = await watch(ofRegions('local', 'weur'))
    expect(await watchedFrom(id)).toEqual({ votes: ['local', 'weur'], runs: ['local', 'weur'] })
    await moveTo(id, 'weur', 'eeur')
    expect(await watchedFrom(id)).toEqual({ votes: ['eeur', 'weur'], runs: ['eeur', 'weur'] })
  })

  it('judges the votes that stay by the new majority', async () => {
    const id = await watch(ofRegions('local', 'weur', 'eeur'))
    await report(server.deps, id, [{ outcome: 'UP' }], { region: 'weur' })
    await report(server.deps, id, [{ outcome: 'UP' }], { region: 'eeur' })
    await report(server.deps, id, [{ outcome: 'DOWN' }], { region: 'local' })
    expect(await statusOf(id)).toBe('UP')
    await moveTo(id, 'local')
    expect(await statusOf(id)).toBe('DOWN')
  })
})

describe('a change of a rule', () => {
  it('is followed by a check at once, however long the interval', async () => {
    const id = await watch(ofRegions('local', 'weur'))
    const { assignment } = server.database.prisma
    const later = new Date(Date.now() + 3_600_000)
    await assignment.updateMany({ where: { monitorId: id }, data: { claimableAt: later } })
    await change(id, { ...ofRegions('local', 'weur'), latencyThresholdMs: 100 })
    const dueBy = new Date(Date.now() + 1)
    const plans = await assignment.findMany({
      where: { monitorId: id },
      orderBy: { region: 'asc' },
    })
    // A probe elsewhere plans its own runs.
    expect(plans.map(({ claimableAt }) => claimableAt && claimableAt <= dueBy)).toEqual([
      true,
      null,
    ])
  })
})

describe('a silence that nobody noticed yet', () => {
  const createdAt = Date.now() - 120_000
  const fromMs = createdAt + 1_000
  let then: ToldTime

  beforeAll(async () => {
    then = await tellTime(server.database)
    await then.setNow(fromMs)
  })
  afterAll(() => then.close())

  async function watchSilent(): Promise<string> {
    const settings = { ...ofRegions('local'), intervalSeconds: 10, timeoutMs: 5_000 }
    const id = await watch(settings, createdAt)
    await report({ ...server.deps, database: then }, id, [{ outcome: 'UP' }], { fromMs })
    return id
  }

  it('of another monitor is left to the watch for silence', async () => {
    const [id, other] = [await watchSilent(), await watchSilent()]
    await pauseMonitor(server.deps, { workspaceId }, id)
    expect(await statusOf(other)).toBe('UP')
  })

  it('is told before the pause that follows it, from when it began', async () => {
    const id = await watchSilent()
    await pauseMonitor(server.deps, { workspaceId }, id)
    const transitions = await server.database.prisma.transition.findMany({
      where: { monitorId: id },
      orderBy: { at: 'asc' },
    })
    expect(transitions.map(({ fromStatus, toStatus }) => `${fromStatus}>${toStatus}`)).toEqual([
      'PENDING>UP',
      'UP>UNKNOWN',
      'UNKNOWN>PAUSED',
    ])
    expect(transitions[1]!.at.getTime()).toBe(createdAt + 1_000 + 25_000)
  })
})

describe('edits and batches of results at once', () => {
  it('never lock each other out', async () => {
    const regions = ['local', 'weur', 'eeur']
    const ids = await Promise.all(Array.from({ length: 4 }, () => watch(ofRegions(...regions))))
    const tell = (outcome: 'UP' | 'DOWN', region: string) =>
      Promise.all(ids.map((id) => report(server.deps, id, [{ outcome }], { region })))
    const pause = (id: string) =>
      edit(id, (tx, row, nowMs) =>
        ceaseChecking(tx, row, { to: 'PAUSED', reason: 'test', quarantineReason: null }, nowMs),
      )
    const resume = (id: string) =>
      edit(id, (tx, row, nowMs) => resumeChecking(tx, row, row, 'test', nowMs))
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await Promise.allSettled([
        ...regions.map((region) => tell('DOWN', region)),
        ...ids.map(pause),
        ...ids.map(resume),
        ...ids.map((id) => moveTo(id, 'local', 'weur', 'afr')),
        ...ids.map((id) => moveTo(id, ...regions)),
        ...regions.map((region) => tell('UP', region)),
      ])
      expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
    }
  })
})
