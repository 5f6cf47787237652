import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { statementsOf } from '../../test/statements.ts'
import { openWindowStage, type WindowStage } from './testing/stage.ts'

let stage: WindowStage

beforeAll(async () => {
  stage = await openWindowStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.clear())

describe('uptime', () => {
  it('leaves out what was work, and follows an edit of the past, in one statement', async () => {
    const { database } = stage.app
    await stage.addMonitor('Shop')
    await database.pool.query(
      `UPDATE monitors SET created_at = '2026-11-20T00:00:00Z', status = 'UP'`,
    )
    await database.pool.query('DELETE FROM transitions')
    await database.pool.query(
      `INSERT INTO transitions (workspace_id, monitor_id, from_status, to_status, at, decided_at, votes, policy, reason)
       SELECT workspace_id, id, 'PENDING', s::monitor_status, a::timestamptz, a::timestamptz, '[]', '{}', 'test'
       FROM monitors, (VALUES ('UP', '2026-11-20T00:00:00Z'), ('DOWN', '2026-11-20T10:00:00Z'),
         ('UP', '2026-11-20T11:00:00Z')) AS t (s, a)`,
    )
    const FIELDS_OF_DAY = 'ratio upSeconds downSeconds maintenanceSeconds unknownSeconds'
    const ask = () =>
      stage.bob.ask(
        `{ monitors { nodes { uptime { ${FIELDS_OF_DAY} } uptimeDays(days: 1) { ${FIELDS_OF_DAY} } } } }`,
      )
    const uptime = async () => {
      const { data } = await ask()
      const { uptime: whole, uptimeDays } = data.monitors.nodes[0]
      expect(uptimeDays).toEqual([whole])
      const { upSeconds, downSeconds, maintenanceSeconds, unknownSeconds } = whole
      expect(upSeconds + downSeconds + maintenanceSeconds + unknownSeconds).toBe(12 * 3_600)
      return [upSeconds, downSeconds, maintenanceSeconds].map((seconds) => seconds / 60)
    }
    expect(await uptime()).toEqual([660, 60, 0])
    const { id } = await stage.create({ startsAt: '2026-11-20T10:30', durationMinutes: 60 })
    expect(await uptime()).toEqual([630, 30, 60])
    await stage.create({ startsAt: '2026-11-20T10:45', durationMinutes: 60 })
    expect(await uptime()).toEqual([615, 30, 75])
    await stage.update({ id, startsAt: '2026-11-20T10:00' })
    expect(await uptime()).toEqual([615, 0, 105])
    const statements = await statementsOf(database.pool, () =>
      stage.bob.ask('{ monitors { nodes { uptime { ratio } } } }'),
    )
    expect(statements.filter((text) => text.includes('maintenance_spans'))).toHaveLength(1)
  })
})
