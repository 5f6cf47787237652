import { describe, expect, it } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { testDeps } from '../../test/deps.ts'
import { addMonitors, watch } from '../../test/monitors.ts'
import { createMaintenanceWindow } from './deeds.ts'
import { tellTurns } from './spans/deeds.ts'

const MINUTE_MS = 60_000
const NOON = Date.parse('2026-11-20T12:00:00Z')

/** Two monitors, and work on them from 12:10 to 12:40. */
async function openStage() {
  const database = await openTestDatabase()
  let now = NOON
  const deps = { ...testDeps(database), clock: { now: () => now } }
  const { workspaceId, monitors } = await watch(database, { count: 2 })
  await createMaintenanceWindow(
    deps,
    { workspaceId },
    {
      name: 'Work',
      startsAt: '2026-11-20T12:10',
      durationMinutes: 30,
    },
  )
  return {
    database,
    deps,
    workspaceId,
    monitors,
    at(minutes: number) {
      now = NOON + minutes * MINUTE_MS
    },
    /** How many changes of status each monitor was told to have. */
    async told(): Promise<number[]> {
      const { rows } = await database.pool.query<{ told: number }>(
        `SELECT count(c.*)::int AS told FROM monitors m
         LEFT JOIN changes c ON c.monitor_id = m.id AND c.has_new_status GROUP BY m.id ORDER BY m.id`,
      )
      return rows.map(({ told }) => told)
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

describe.concurrent('work that begins and ends', () => {
  it('is told of each of its monitors, each turn once', async () => {
    await using stage = await openStage()
    const tell = () => tellTurns(stage.deps)
    expect(await tell()).toBe(true)
    expect(await stage.told()).toEqual([0, 0])
    stage.at(10)
    await Promise.all([tell(), tell(), tell()])
    expect(await stage.told()).toEqual([1, 1])
    await tell()
    expect(await stage.told()).toEqual([1, 1])
    stage.at(40)
    await Promise.all([tell(), tell(), tell()])
    await tell()
    expect(await stage.told()).toEqual([2, 2])
  })

  it('is told later where it could not be told', async () => {
    await using stage = await openStage()
    const { pool } = stage.database
    await pool.query(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;
       CREATE TRIGGER full_up BEFORE INSERT ON changes EXECUTE FUNCTION fail()`,
    )
    stage.at(10)
    await expect(tellTurns(stage.deps)).rejects.toThrow('no room')
    await pool.query('DROP TRIGGER full_up ON changes')
    await tellTurns(stage.deps)
    expect(await stage.told()).toEqual([1, 1])
  })

  it('is told once where nobody was there from before its beginning to after its end', async () => {
    await using stage = await openStage()
    stage.at(50)
    await tellTurns(stage.deps)
    await tellTurns(stage.deps)
    expect(await stage.told()).toEqual([1, 1])
  })

  it('is no news of a monitor that is paused, or of another workspace', async () => {
    await using stage = await openStage()
    const other = await watch(stage.database, { count: 1 })
    await addMonitors(stage.database, { workspaceId: stage.workspaceId })
    await stage.database.pool.query(`UPDATE monitors SET status = 'PAUSED' WHERE id = $1`, [
      stage.monitors[0]!.monitorId,
    ])
    stage.at(10)
    await tellTurns(stage.deps)
    const { rows } = await stage.database.pool.query(
      `SELECT count(*)::int AS told, count(*) FILTER (WHERE workspace_id = $1)::int AS strange FROM changes`,
      [other.workspaceId],
    )
    expect(rows).toEqual([{ told: 2, strange: 0 }])
  })
})
