import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { report } from '../../../test/reports.ts'
import { codesOf, down, type EditingStage, openEditingStage, up } from './testing/stage.ts'

let stage: EditingStage

beforeAll(async () => {
  stage = await openEditingStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('pauseMonitor and resumeMonitor', () => {
  it('end what is open, tell so, and begin anew with a check at once', async () => {
    const { id, key } = await stage.create({ failureThreshold: 1 })
    await report(stage.deps, key, [up, down])
    const { data } = await stage.act('pauseMonitor', { id })
    expect(data.pauseMonitor.monitor).toMatchObject({ status: 'PAUSED', isActive: false })
    expect(await stage.assignmentOf(key)).toMatchObject({ claimableAt: null, isLeased: false })
    const incidents = await stage.database.prisma.incident.findMany({ where: { monitorId: key } })
    expect(incidents).toMatchObject([{ kind: 'DOWN', status: 'RESOLVED' }])
    const alerts = await stage.database.prisma.alert.findMany({
      where: { monitorId: key },
      orderBy: { position: 'asc' },
    })
    expect(alerts).toMatchObject([{ type: 'DOWN' }, { type: 'RESOLVED' }])

    const resumed = await stage.act('resumeMonitor', { id })
    expect(resumed.data.resumeMonitor.monitor).toMatchObject({
      status: 'PENDING',
      isActive: true,
      votes: [{ vote: 'PENDING', ageSeconds: null }],
      lastCheck: { outcome: 'DOWN' },
    })
    expect((await stage.assignmentOf(key)).claimableAt).not.toBeNull()
    const { decidableFrom } = await stage.rowOf(key)
    await report(stage.deps, key, [up], { fromMs: decidableFrom.getTime() + 10 })
    expect(await stage.transitionsOf(key)).toEqual([
      'PENDING>UP',
      'UP>DOWN',
      'DOWN>PAUSED',
      'PAUSED>PENDING',
      'PENDING>UP',
    ])
  })

  it('by two at once leave one turn each', async () => {
    const { id, key } = await stage.create()
    const twice = (mutation: string) =>
      Promise.all([stage.act(mutation, { id }), stage.act(mutation, { id })])
    const answers = [...(await twice('pauseMonitor')), ...(await twice('resumeMonitor'))]
    expect(answers.flatMap(codesOf)).toEqual([])
    expect(await stage.transitionsOf(key)).toEqual(['PENDING>PAUSED', 'PAUSED>PENDING'])
  })

  it('let a check under way decide nothing', async () => {
    const { id, key } = await stage.create({ failureThreshold: 1 })
    await stage.act('pauseMonitor', { id })
    await report(stage.deps, key, [down])
    expect(await stage.transitionsOf(key)).toEqual(['PENDING>PAUSED'])
  })

  it('leave nothing open where a failure is told at the same time', async () => {
    const { id, key } = await stage.create({ failureThreshold: 1 })
    const rounds = 10
    for (let round = 0; round < rounds; round += 1) {
      await stage.act('resumeMonitor', { id })
      await Promise.all([stage.act('pauseMonitor', { id }), report(stage.deps, key, [down])])
      expect((await stage.rowOf(key)).status).toBe('PAUSED')
    }
    const open = { monitorId: key, status: { not: 'RESOLVED' as const } }
    expect(await stage.database.prisma.incident.count({ where: open })).toBe(0)
  })

  it('leave a paused monitor paused while it is changed', async () => {
    const { id, key } = await stage.create()
    await stage.act('pauseMonitor', { id })
    await stage.act('updateMonitor', { id, target: 'https://store.example.com/' })
    expect(await stage.rowOf(key)).toMatchObject({ status: 'PAUSED', isActive: false })
    expect((await stage.assignmentOf(key)).claimableAt).toBeNull()
  })
})
