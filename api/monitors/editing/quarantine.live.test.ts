import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quarantineMonitor } from '../deeds.ts'
import { type EditingStage, EVERYTHING, issuesOf, openEditingStage } from './testing/stage.ts'

let stage: EditingStage

beforeAll(async () => {
  stage = await openEditingStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('a quarantine', () => {
  const poison = (key: string) =>
    stage.database.pool.query(`UPDATE monitors SET expectations = '{"bad": 1}' WHERE id = $1`, [
      key,
    ])

  async function quarantined() {
    const monitor = await stage.create()
    await poison(monitor.key)
    await quarantineMonitor(stage.deps, monitor.key, 'its settings cannot be read')
    return monitor
  }

  it('sets a monitor aside, visibly', async () => {
    const { id, key } = await quarantined()
    const { data, errors } = await stage.alice.ask(
      `query ($id: ID!) { monitor(id: $id) { ${EVERYTHING} } }`,
      { id },
    )
    expect(errors).toEqual([])
    expect(data.monitor).toMatchObject({
      status: 'UNKNOWN',
      isActive: true,
      quarantineReason: 'its settings cannot be read',
      http: null,
    })
    expect((await stage.assignmentOf(key)).claimableAt).toBeNull()
  })

  it('by two at once leaves one turn', async () => {
    const { key } = await stage.create()
    await Promise.all([
      quarantineMonitor(stage.deps, key, 'one'),
      quarantineMonitor(stage.deps, key, 'other'),
    ])
    expect(await stage.transitionsOf(key)).toEqual(['PENDING>UNKNOWN'])
  })

  it('ends when what cannot be read is given again, and not before', async () => {
    const { id, key } = await quarantined()
    const answer = await stage.act('updateMonitor', { id, name: 'Store' })
    expect(issuesOf(answer)).toEqual([
      'http must be given again: what is stored cannot be read',
      'assertions must be given again: what is stored cannot be read',
    ])
    const { data } = await stage.act('updateMonitor', { id, http: {}, assertions: [] })
    expect(data.updateMonitor.monitor).toMatchObject({ status: 'PENDING', quarantineReason: null })
    expect((await stage.assignmentOf(key)).claimableAt).not.toBeNull()
  })

  it('ends by a resumption too', async () => {
    const { id } = await quarantined()
    const { data } = await stage.act('resumeMonitor', { id })
    expect(data.resumeMonitor.monitor).toMatchObject({ status: 'PENDING', quarantineReason: null })
  })
})
