import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { extendWindows, forgetWindows } from './jobs.ts'
import { daily, HOUR_MS, openWindowStage, type WindowStage } from './testing/stage.ts'

const DAY_MS = 24 * HOUR_MS

let stage: WindowStage

beforeAll(async () => {
  stage = await openWindowStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.clear())

/** Since midnight, in hours; the past of a window begins there. */
async function spans(): Promise<string[]> {
  const { rows } = await stage.app.database.pool.query<{ from: number; to: number }>(
    `SELECT extract(epoch FROM starts_at - '2026-11-20Z')::float8 / 3600 AS from,
       extract(epoch FROM ends_at - '2026-11-20Z')::float8 / 3600 AS to
     FROM maintenance_spans ORDER BY starts_at`,
  )
  return rows.map(({ from, to }) => `${from}–${to}`)
}

describe('what a window was stays', () => {
  it('when one that recurs is changed: what goes on ends, and what is to come is new', async () => {
    const { id } = await stage.create({ ...daily, startsAt: '2026-11-19T11:30' })
    expect((await spans()).slice(0, 3)).toEqual(['-12.5–-11.5', '11.5–12.5', '35.5–36.5'])
    await stage.update({ id, startsAt: '2026-11-19T20:00', rrule: 'FREQ=DAILY;COUNT=3' })
    expect(await spans()).toEqual(['-12.5–-11.5', '11.5–12', '20–21', '44–45'])
  })

  it('when one that goes on is made longer: it goes on', async () => {
    const { id } = await stage.create({ ...daily, startsAt: '2026-11-19T11:30' })
    await stage.update({ id, durationMinutes: 120 })
    expect((await spans()).slice(0, 3)).toEqual(['-12.5–-11.5', '11.5–13.5', '35.5–37.5'])
  })

  it('but of one that happens once nothing stays but what is said of it now', async () => {
    const { id } = await stage.create({ startsAt: '2026-11-10T02:00' })
    await stage.update({ id, startsAt: '2026-11-20T03:00', durationMinutes: 30 })
    expect(await spans()).toEqual(['3–3.5'])
    await stage.update({ id, name: 'Other' })
    expect(await spans()).toEqual(['3–3.5'])
    await stage.update({ id, rrule: 'FREQ=DAILY;COUNT=2' })
    expect(await spans()).toEqual(['3–3.5', '27–27.5'])
  })

  it('when it is deleted, unless it is to be as if it had never been', async () => {
    const [kept, forgotten] = [await stage.create(daily), await stage.create(daily)]
    await stage.remove({ id: kept.id })
    expect(await spans()).toContain('11.5–12')
    await stage.remove({ id: forgotten.id, keepsPast: false })
    expect(await spans()).toEqual(['11.5–12'])
    expect(await stage.shown()).toEqual([])
  })

  it('until it is in no uptime any more, 400 days after it was deleted', async () => {
    const [deleted] = [await stage.create(daily), await stage.create(daily)]
    await stage.remove({ id: deleted.id })
    const left = async () => {
      await Promise.all([forgetWindows(stage.app.deps), forgetWindows(stage.app.deps)])
      return stage.app.database.prisma.maintenanceWindow.count()
    }
    stage.clock.nowMs += 400 * DAY_MS
    expect(await left()).toBe(2)
    stage.clock.nowMs += 1
    expect(await left()).toBe(1)
    expect(
      await stage.app.database.prisma.maintenanceWindow.count({ where: { deletedAt: null } }),
    ).toBe(1)
  })

  it('and what is to come is reckoned 60 days ahead, and further as time passes', async () => {
    await stage.create(daily)
    expect(await spans()).toHaveLength(61)
    await extendWindows(stage.app.deps)
    expect(await spans()).toHaveLength(61)
    stage.clock.nowMs += 3 * DAY_MS
    await Promise.all([extendWindows(stage.app.deps), extendWindows(stage.app.deps)])
    expect(await spans()).toHaveLength(64)
    expect(new Set(await spans()).size).toBe(64)
  })
})
