import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { untilSomebodyWaits } from '../../test/locks.ts'
import { inTransaction } from '../platform/database.ts'
import { CREATE, once, openWindowStage, UPDATE, type WindowStage } from './testing/stage.ts'

let stage: WindowStage

beforeAll(async () => {
  stage = await openWindowStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.clear())

describe('a window', () => {
  it('is made, shown, changed and deleted', async () => {
    const shop = await stage.addMonitor('Shop')
    const made = await stage.create({
      monitorIds: [shop],
      timeZone: 'Europe/Paris',
      startsAt: '2026-11-20T12:30',
    })
    expect(made).toMatchObject({
      name: 'Work',
      timeZone: 'Europe/Paris',
      startsAt: '2026-11-20T12:30',
      durationMinutes: 60,
      rrule: null,
      isForAll: false,
      monitors: [{ name: 'Shop' }],
      spans: [
        {
          startsAt: '2026-11-20T11:30:00.000Z',
          endsAt: '2026-11-20T12:30:00.000Z',
          isActive: true,
        },
      ],
    })
    const changed = await stage.update({ id: made.id, name: 'Move', monitorIds: null })
    expect(changed).toMatchObject({
      name: 'Move',
      isForAll: true,
      monitors: [],
      durationMinutes: 60,
    })
    const list = await stage.bob.ask('{ maintenanceWindows { totalCount nodes { name } } }')
    expect(list.data.maintenanceWindows).toEqual({ totalCount: 1, nodes: [{ name: 'Move' }] })
    const gone = await stage.remove({ id: made.id })
    expect(gone.data.deleteMaintenanceWindow).toEqual({ deletedMaintenanceWindowId: made.id })
    const again = [
      await stage.remove({ id: made.id }),
      await stage.alice.ask(UPDATE, { input: { id: made.id, name: 'Back' } }),
      await stage.alice.ask('query ($id: ID!) { maintenanceWindow(id: $id) { id } }', {
        id: made.id,
      }),
      await stage.alice.ask('query ($id: ID!) { node(id: $id) { id } }', { id: made.id }),
    ]
    expect(again.map(({ errors }) => errors[0]?.extensions.code)).toEqual(
      Array(4).fill('NOT_FOUND'),
    )
    const rest = await stage.bob.ask('{ maintenanceWindows { totalCount nodes { name } } }')
    expect(rest.data.maintenanceWindows).toEqual({ totalCount: 0, nodes: [] })
  })

  it('is for monitors of its workspace, and refused for others whole', async () => {
    const [own, foreign] = [
      await stage.addMonitor('Shop'),
      await stage.addMonitor('Theirs', stage.charlie),
    ]
    const { id } = await stage.create({ monitorIds: [own, own] })
    const refused = [
      await stage.alice.ask(CREATE, { input: { ...once, monitorIds: [own, foreign] } }),
      await stage.alice.ask(UPDATE, { input: { id, monitorIds: [foreign] } }),
      await stage.charlie.ask(UPDATE, { input: { id, name: 'Mine' } }),
    ]
    expect(refused.map(({ errors }) => errors[0]?.extensions.code)).toEqual(
      Array(3).fill('NOT_FOUND'),
    )
    expect(await stage.shown()).toEqual(['Shop MAINTENANCE'])
  })

  it.each([
    [{ name: '' }, 'name'],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ startsAt: '2026-02-30T02:30' }, 'startsAt'],
    [{ durationMinutes: 0 }, 'durationMinutes'],
    [{ durationMinutes: 10_081 }, 'durationMinutes'],
    [{ rrule: 'FREQ=SECONDLY' }, 'rrule'],
    [{ rrule: 'FREQ=DAILY', durationMinutes: 1_441 }, 'rrule'],
    [{ rrule: 'FREQ=DAILY;BYHOUR=0,4,8,12,16,20' }, 'rrule'],
    [{ monitorIds: [] }, 'monitorIds'],
  ])('is refused with %j', async (input, path) => {
    const { errors } = await stage.alice.ask(CREATE, { input: { ...once, ...input } })
    expect(errors[0]?.extensions.issues?.map((issue) => issue.path.join('.'))).toEqual([path])
  })

  it('is one of at most 100, also where two are made at once', async () => {
    await stage.app.database.pool.query(
      `INSERT INTO maintenance_windows (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
       SELECT $1, 'Work', 'UTC', '2020-01-01T00:00', 1, true FROM generate_series(1, 99)`,
      [stage.alice.workspaceId],
    )
    const answers = await Promise.all([1, 2].map(() => stage.alice.ask(CREATE, { input: once })))
    const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))
    expect(codes).toEqual(['LIMIT_REACHED'])
  })

  it('is changed by two at once, of whom each changes what they name', async () => {
    const [shop, blog] = [await stage.addMonitor('Shop'), await stage.addMonitor('Blog')]
    const { id } = await stage.create({ monitorIds: [shop] })
    const changes = await inTransaction(stage.app.database, async (counting) => {
      await counting.query('SELECT FROM change_counts FOR UPDATE')
      const moved = stage.update({ id, monitorIds: [blog] })
      await untilSomebodyWaits(stage.app.database)
      const renamed = stage.update({ id, name: 'Renamed' })
      await untilSomebodyWaits(stage.app.database, 2)
      return [moved, renamed]
    })
    const [, renamed] = await Promise.all(changes)
    expect(renamed).toMatchObject({ name: 'Renamed', monitors: [{ name: 'Blog' }] })
  })
})
