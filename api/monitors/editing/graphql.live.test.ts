import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { report } from '../../../test/reports.ts'
import { encodeId } from '../../graphql/ids.ts'
import { purgeDeleted } from '../purges/jobs.ts'
import {
  codesOf,
  down,
  type EditingStage,
  issuesOf,
  openEditingStage,
  shop,
  up,
} from './testing/stage.ts'

let stage: EditingStage

beforeAll(async () => {
  stage = await openEditingStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('updateMonitor', () => {
  it('keeps what is left out and clears with null what may be empty', async () => {
    const { id } = await stage.create({ alertEmail: 'ops@example.com', latencyThresholdMs: 500 })
    const { data } = await stage.act('updateMonitor', {
      id,
      name: 'Store',
      latencyThresholdMs: null,
    })
    expect(data.updateMonitor.monitor).toMatchObject({
      name: 'Store',
      target: shop.target,
      alertEmail: 'ops@example.com',
      latencyThresholdMs: null,
    })
  })

  it('holds the whole to the rules, not the change alone', async () => {
    const { id } = await stage.create({ intervalSeconds: 30, timeoutMs: 20_000 })
    const answer = await stage.act('updateMonitor', { id, intervalSeconds: 10 })
    expect(issuesOf(answer)).toEqual(['timeoutMs must not exceed the interval'])
  })

  it('lets two changes at once both hold', async () => {
    const { id, key } = await stage.create()
    await Promise.all([
      stage.act('updateMonitor', { id, name: 'Store' }),
      stage.act('updateMonitor', { id, failureThreshold: 5 }),
      stage.act('updateMonitor', { id, http: { method: 'HEAD' } }),
    ])
    expect(await stage.rowOf(key)).toMatchObject({
      name: 'Store',
      failureThreshold: 5,
      expectations: { method: 'HEAD' },
    })
  })

  it('leaves the votes and the plan alone where only the name changes', async () => {
    const { id, key } = await stage.create()
    const before = [await stage.assignmentOf(key), (await stage.rowOf(key)).decidableFrom]
    await stage.act('updateMonitor', { id, name: 'Store', alertEmail: 'ops@example.com' })
    expect([await stage.assignmentOf(key), (await stage.rowOf(key)).decidableFrom]).toEqual(before)
  })

  it('asks another target at once and lets the status stand until it answers', async () => {
    const { id, key } = await stage.create()
    await report(stage.deps, key, [up])
    const before = await stage.assignmentOf(key)
    await stage.act('updateMonitor', { id, target: 'https://store.example.com/' })
    const after = await stage.assignmentOf(key)
    expect(after.fence).toBe(before.fence + 1n)
    expect(after.claimableAt!.getTime()).toBeLessThanOrEqual(Date.now())
    expect((await stage.rowOf(key)).status).toBe('UP')
  })

  it('counts no check of before, however late it is told', async () => {
    const { id, key } = await stage.create({ failureThreshold: 1 })
    await report(stage.deps, key, [up])
    const ranAt = Date.now() + 20
    await report(stage.deps, key, [up], { fromMs: ranAt + 10 })
    const monitor = await stage.rowOf(key)
    await stage.act('updateMonitor', { id, target: 'https://store.example.com/' })
    const { decidableFrom } = await stage.rowOf(key)
    expect(decidableFrom.getTime()).toBeGreaterThan(monitor.decidableFrom.getTime())
    await report(stage.deps, key, [down], { fromMs: decidableFrom.getTime() - 1 })
    expect((await stage.rowOf(key)).status).toBe('UP')
    await report(stage.deps, key, [down], { fromMs: decidableFrom.getTime() + 100 })
    expect((await stage.rowOf(key)).status).toBe('DOWN')
  })
})

describe('deleteMonitor', () => {
  const HANGING = ['assignments', 'region_votes', 'transitions', 'incidents', 'alerts', 'purges']

  const left = async (key: string, tables: string[]) => {
    const counts = await Promise.all(
      tables.map((table) =>
        stage.database.pool.query(`SELECT FROM ${table} WHERE monitor_id = $1`, [key]),
      ),
    )
    return Object.fromEntries(tables.map((table, index) => [table, counts[index]!.rowCount]))
  }

  it('takes all that hangs on it along, and its checks in the background', async () => {
    const { id, key } = await stage.create({ failureThreshold: 1 })
    await report(stage.deps, key, [up, down])
    expect(await left(key, [...HANGING, 'checks'])).toEqual({
      assignments: 1,
      region_votes: 1,
      transitions: 2,
      incidents: 1,
      alerts: 1,
      purges: 0,
      checks: 2,
    })
    const { data } = await stage.act('deleteMonitor', { id }, stage.alice, 'deletedMonitorId')
    expect(data.deleteMonitor).toEqual({ deletedMonitorId: id })
    const gone = { assignments: 0, region_votes: 0, transitions: 0, incidents: 0, alerts: 0 }
    expect(await left(key, HANGING)).toEqual({ ...gone, purges: 1 })
    await Promise.all([purgeDeleted(stage.deps), purgeDeleted(stage.deps)])
    expect(await left(key, [...HANGING, 'checks', 'check_rollups'])).toEqual({
      ...gone,
      purges: 0,
      checks: 0,
      check_rollups: 0,
    })
  })

  it('by two at once tells one of them that there is nothing', async () => {
    const { id } = await stage.create()
    const remove = () => stage.act('deleteMonitor', { id }, stage.alice, 'deletedMonitorId')
    expect((await Promise.all([remove(), remove()])).flatMap(codesOf)).toEqual(['NOT_FOUND'])
  })
})

describe("another workspace's monitor", () => {
  const mutations = ['updateMonitor', 'pauseMonitor', 'resumeMonitor', 'deleteMonitor']
  const MONITOR = 'query ($id: ID!) { monitor(id: $id) { id } }'

  it.each(mutations)('is not there for %s', async (mutation) => {
    const { id, key } = await stage.create()
    const fields = mutation === 'deleteMonitor' ? 'deletedMonitorId' : 'monitor { id }'
    const absent = encodeId('Monitor', '01a1f844-cef0-7229-ad64-a1f1ca292684')
    expect(codesOf(await stage.act(mutation, { id }, stage.charlie, fields))).toEqual(['NOT_FOUND'])
    expect(codesOf(await stage.act(mutation, { id: absent }, stage.charlie, fields))).toEqual([
      'NOT_FOUND',
    ])
    expect(codesOf(await stage.act(mutation, { id }, stage.bob, fields))).toEqual(['FORBIDDEN'])
    expect((await stage.rowOf(key)).isActive).toBe(true)
  })

  it('is not there to be read, and is for those who view', async () => {
    const { id } = await stage.create()
    expect(codesOf(await stage.charlie.ask(MONITOR, { id }))).toEqual(['NOT_FOUND'])
    expect((await stage.bob.ask(MONITOR, { id })).data).toEqual({ monitor: { id } })
  })
})
