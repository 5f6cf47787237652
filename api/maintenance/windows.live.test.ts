import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { follow } from '../../test/followers.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../test/locks.ts'
import { gather, type Person } from '../../test/people.ts'
import { statementsOf } from '../../test/statements.ts'
import { uuidOf } from '../graphql/ids.ts'
import { inTransaction } from '../platform/database.ts'
import { extendWindows, forgetWindows } from './jobs.ts'
import { tellTurns } from './spans/deeds.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NOON = Date.parse('2026-11-20T12:00:00Z')
const FIELDS =
  'id name timeZone startsAt durationMinutes rrule isForAll monitors { name } spans { startsAt endsAt isActive }'
const CREATE = `mutation ($input: CreateMaintenanceWindowInput!) {
  createMaintenanceWindow(input: $input) { maintenanceWindow { ${FIELDS} } } }`
const UPDATE = `mutation ($input: UpdateMaintenanceWindowInput!) {
  updateMaintenanceWindow(input: $input) { maintenanceWindow { ${FIELDS} } } }`
const DELETE = `mutation ($input: DeleteMaintenanceWindowInput!) {
  deleteMaintenanceWindow(input: $input) { deletedMaintenanceWindowId } }`

let now = NOON
let app: TestServer
let alice: Person
let bob: Person
let charlie: Person

beforeAll(async () => {
  app = await openTestServer({ deps: { clock: { now: () => now } } })
  ;({ alice, bob, charlie } = await gather(app))
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(async () => {
  now = NOON
  await app.database.pool.query('TRUNCATE maintenance_windows, monitors CASCADE')
})

const once = { name: 'Work', startsAt: '2026-11-20T11:30', durationMinutes: 60 }
const daily = { ...once, rrule: 'FREQ=DAILY' }

async function create(input: object, person = alice) {
  const { data, errors } = await person.ask(CREATE, { input: { ...once, ...input } })
  expect(errors).toEqual([])
  return data.createMaintenanceWindow.maintenanceWindow
}
async function update(input: object) {
  const { data, errors } = await alice.ask(UPDATE, { input })
  expect(errors).toEqual([])
  return data.updateMaintenanceWindow.maintenanceWindow
}
const remove = (input: object) => alice.ask(DELETE, { input })

async function addMonitor(name: string, person = alice): Promise<string> {
  const { data, errors } = await person.ask(
    'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
    { input: { name, kind: 'HTTP', target: 'https://shop.example' } },
  )
  expect(errors).toEqual([])
  return data.createMonitor.monitor.id
}

/** `Shop MAINTENANCE`, in the order of their names. */
async function shown(filter: object = {}): Promise<string[]> {
  const { data, errors } = await bob.ask(
    `query ($filter: MonitorFilter) {
      monitors(filter: $filter, orderBy: NAME) { totalCount nodes { name status } } }`,
    { filter },
  )
  expect(errors).toEqual([])
  const { nodes, totalCount } = data.monitors
  expect(nodes).toHaveLength(totalCount)
  return nodes.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`)
}

/** Since midnight, in hours; the past of a window begins there. */
async function spans(): Promise<string[]> {
  const { rows } = await app.database.pool.query<{ from: number; to: number }>(
    `SELECT extract(epoch FROM starts_at - '2026-11-20Z')::float8 / 3600 AS from,
       extract(epoch FROM ends_at - '2026-11-20Z')::float8 / 3600 AS to
     FROM maintenance_spans ORDER BY starts_at`,
  )
  return rows.map(({ from, to }) => `${from}–${to}`)
}

/** Of changes of status, in order. */
async function turned(): Promise<number> {
  const { rows } = await app.database.pool.query(
    'SELECT count(*)::int AS changes FROM changes WHERE has_new_status',
  )
  return rows[0].changes
}

describe('a window', () => {
  it('is made, shown, changed and deleted', async () => {
    const shop = await addMonitor('Shop')
    const made = await create({
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
    const changed = await update({ id: made.id, name: 'Move', monitorIds: null })
    expect(changed).toMatchObject({
      name: 'Move',
      isForAll: true,
      monitors: [],
      durationMinutes: 60,
    })
    const list = await bob.ask('{ maintenanceWindows { totalCount nodes { name } } }')
    expect(list.data.maintenanceWindows).toEqual({ totalCount: 1, nodes: [{ name: 'Move' }] })
    const gone = await remove({ id: made.id })
    expect(gone.data.deleteMaintenanceWindow).toEqual({ deletedMaintenanceWindowId: made.id })
    const again = [
      await remove({ id: made.id }),
      await alice.ask(UPDATE, { input: { id: made.id, name: 'Back' } }),
      await alice.ask('query ($id: ID!) { maintenanceWindow(id: $id) { id } }', { id: made.id }),
      await alice.ask('query ($id: ID!) { node(id: $id) { id } }', { id: made.id }),
    ]
    expect(again.map(({ errors }) => errors[0]?.extensions.code)).toEqual(
      Array(4).fill('NOT_FOUND'),
    )
    const rest = await bob.ask('{ maintenanceWindows { totalCount nodes { name } } }')
    expect(rest.data.maintenanceWindows).toEqual({ totalCount: 0, nodes: [] })
  })

  it('is for monitors of its workspace, and refused for others whole', async () => {
    const [own, foreign] = [await addMonitor('Shop'), await addMonitor('Theirs', charlie)]
    const { id } = await create({ monitorIds: [own, own] })
    const refused = [
      await alice.ask(CREATE, { input: { ...once, monitorIds: [own, foreign] } }),
      await alice.ask(UPDATE, { input: { id, monitorIds: [foreign] } }),
      await charlie.ask(UPDATE, { input: { id, name: 'Mine' } }),
    ]
    expect(refused.map(({ errors }) => errors[0]?.extensions.code)).toEqual(
      Array(3).fill('NOT_FOUND'),
    )
    expect(await shown()).toEqual(['Shop MAINTENANCE'])
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
    const { errors } = await alice.ask(CREATE, { input: { ...once, ...input } })
    expect(errors[0]?.extensions.issues?.map((issue) => issue.path.join('.'))).toEqual([path])
  })

  it('is one of at most 100, also where two are made at once', async () => {
    await app.database.pool.query(
      `INSERT INTO maintenance_windows (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
       SELECT $1, 'Work', 'UTC', '2020-01-01T00:00', 1, true FROM generate_series(1, 99)`,
      [alice.workspaceId],
    )
    const answers = await Promise.all([1, 2].map(() => alice.ask(CREATE, { input: once })))
    const codes = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))
    expect(codes).toEqual(['LIMIT_REACHED'])
  })

  it('is changed by two at once, of whom each changes what they name', async () => {
    const [shop, blog] = [await addMonitor('Shop'), await addMonitor('Blog')]
    const { id } = await create({ monitorIds: [shop] })
    const changes = await inTransaction(app.database, async (counting) => {
      await counting.query('SELECT FROM change_counts FOR UPDATE')
      const moved = update({ id, monitorIds: [blog] })
      await untilSomebodyWaits(app.database)
      const renamed = update({ id, name: 'Renamed' })
      await untilSomebodyWaits(app.database, 2)
      return [moved, renamed]
    })
    const [, renamed] = await Promise.all(changes)
    expect(renamed).toMatchObject({ name: 'Renamed', monitors: [{ name: 'Blog' }] })
  })
})

describe('what a window was stays', () => {
  it('when one that recurs is changed: what goes on ends, and what is to come is new', async () => {
    const { id } = await create({ ...daily, startsAt: '2026-11-19T11:30' })
    expect((await spans()).slice(0, 3)).toEqual(['-12.5–-11.5', '11.5–12.5', '35.5–36.5'])
    await update({ id, startsAt: '2026-11-19T20:00', rrule: 'FREQ=DAILY;COUNT=3' })
    expect(await spans()).toEqual(['-12.5–-11.5', '11.5–12', '20–21', '44–45'])
  })

  it('when one that goes on is made longer: it goes on', async () => {
    const { id } = await create({ ...daily, startsAt: '2026-11-19T11:30' })
    await update({ id, durationMinutes: 120 })
    expect((await spans()).slice(0, 3)).toEqual(['-12.5–-11.5', '11.5–13.5', '35.5–37.5'])
  })

  it('but of one that happens once nothing stays but what is said of it now', async () => {
    const { id } = await create({ startsAt: '2026-11-10T02:00' })
    await update({ id, startsAt: '2026-11-20T03:00', durationMinutes: 30 })
    expect(await spans()).toEqual(['3–3.5'])
    await update({ id, name: 'Other' })
    expect(await spans()).toEqual(['3–3.5'])
    await update({ id, rrule: 'FREQ=DAILY;COUNT=2' })
    expect(await spans()).toEqual(['3–3.5', '27–27.5'])
  })

  it('when it is deleted, unless it is to be as if it had never been', async () => {
    const [kept, forgotten] = [await create(daily), await create(daily)]
    await remove({ id: kept.id })
    expect(await spans()).toContain('11.5–12')
    await remove({ id: forgotten.id, keepsPast: false })
    expect(await spans()).toEqual(['11.5–12'])
    expect(await shown()).toEqual([])
  })

  it('until it is in no uptime any more, 400 days after it was deleted', async () => {
    const [deleted] = [await create(daily), await create(daily)]
    await remove({ id: deleted.id })
    const left = async () => {
      await Promise.all([forgetWindows(app.deps), forgetWindows(app.deps)])
      return app.database.prisma.maintenanceWindow.count()
    }
    now += 400 * DAY_MS
    expect(await left()).toBe(2)
    now += 1
    expect(await left()).toBe(1)
    expect(await app.database.prisma.maintenanceWindow.count({ where: { deletedAt: null } })).toBe(
      1,
    )
  })

  it('and what is to come is reckoned 60 days ahead, and further as time passes', async () => {
    await create(daily)
    expect(await spans()).toHaveLength(61)
    await extendWindows(app.deps)
    expect(await spans()).toHaveLength(61)
    now += 3 * DAY_MS
    await Promise.all([extendWindows(app.deps), extendWindows(app.deps)])
    expect(await spans()).toHaveLength(64)
    expect(new Set(await spans()).size).toBe(64)
  })
})

describe('while work goes on', () => {
  it('monitors show it, in lists and filters too, and what is beneath stays visible', async () => {
    const [shop, blog] = [await addMonitor('Shop'), await addMonitor('Blog')]
    await alice.ask('mutation ($id: ID!) { pauseMonitor(input: { id: $id }) { monitor { id } } }', {
      id: await addMonitor('Paused'),
    })
    await app.database.pool.query(`UPDATE monitors SET status = 'DOWN' WHERE id = $1`, [
      uuidOf('Monitor', shop),
    ])
    expect(await shown()).toEqual(['Blog PENDING', 'Paused PAUSED', 'Shop DOWN'])
    const { id } = await create({ monitorIds: [shop] })
    expect(await shown()).toEqual(['Blog PENDING', 'Paused PAUSED', 'Shop MAINTENANCE'])
    expect(await shown({ status: ['MAINTENANCE'] })).toEqual(['Shop MAINTENANCE'])
    expect(await shown({ status: ['DOWN'] })).toEqual([])
    expect(
      await shown({ status: ['DOWN', 'MAINTENANCE', 'PENDING'], search: 'shop' }),
    ).toHaveLength(2)
    await update({ id, monitorIds: null })
    expect(await shown({ status: ['MAINTENANCE'] })).toEqual([
      'Blog MAINTENANCE',
      'Shop MAINTENANCE',
    ])
    expect(await shown({ status: ['PAUSED', 'PENDING'] })).toEqual(['Paused PAUSED'])
    const { data } = await bob.ask(
      `query ($id: ID!) { monitor(id: $id) { status observedStatus maintenance {
        startsAt endsAt isActive window { name } } } }`,
      { id: shop },
    )
    expect(data.monitor).toEqual({
      status: 'MAINTENANCE',
      observedStatus: 'DOWN',
      maintenance: {
        startsAt: '2026-11-20T11:30:00.000Z',
        endsAt: '2026-11-20T12:30:00.000Z',
        isActive: true,
        window: { name: 'Work' },
      },
    })
    now = NOON + HOUR_MS / 2
    expect(await shown()).toEqual(['Blog PENDING', 'Paused PAUSED', 'Shop DOWN'])
    expect(blog).not.toBe(shop)
  })

  it.each([
    ['before it begins', '2026-11-20T11:29:59.999Z', 'PENDING'],
    ['as it begins', '2026-11-20T11:30:00.000Z', 'MAINTENANCE'],
    ['before it ends', '2026-11-20T12:29:59.999Z', 'MAINTENANCE'],
    ['as it ends', '2026-11-20T12:30:00.000Z', 'PENDING'],
  ])('%s the status is right to the millisecond', async (_, at, status) => {
    await addMonitor('Shop')
    await create({})
    now = Date.parse(at)
    expect(await shown()).toEqual([`Shop ${status}`])
  })

  it('of several windows the one that ends last is told, and else the next', async () => {
    await addMonitor('Shop')
    await create({ name: 'Short', durationMinutes: 31 })
    await create({ name: 'Long', durationMinutes: 90 })
    await create({ name: 'Next', startsAt: '2026-11-20T14:00' })
    const told = async () => {
      const { data } = await bob.ask(
        '{ monitors { nodes { maintenance { isActive window { name } } } } }',
      )
      const { maintenance } = data.monitors.nodes[0]
      return maintenance && `${maintenance.window.name} ${maintenance.isActive}`
    }
    expect(await told()).toBe('Long true')
    now = Date.parse('2026-11-20T13:00:00Z')
    expect(await told()).toBe('Next false')
    now = Date.parse('2026-11-20T15:00:00Z')
    expect(await told()).toBeNull()
  })

  it('a list costs one statement more, however many monitors there are', async () => {
    const count = async (fields: string) => {
      const ask = () => bob.ask(`{ monitors { nodes { ${fields} } } }`)
      return (await statementsOf(app.database.pool, ask)).length
    }
    for (let i = 0; i < 5; i += 1) await addMonitor(`Shop ${i}`)
    await create({})
    const plain = await count('id')
    expect(await count('status')).toBe(plain + 1)
    expect(await count('status maintenance { window { name } }')).toBe(plain + 3)
  })

  it('whoever follows is told when it begins and when it ends', async () => {
    await addMonitor('Shop')
    await create({ startsAt: '2026-11-20T12:10', durationMinutes: 30 })
    const query = 'subscription { monitorStatusChanged { name status } }'
    using follower = await follow('sse', app, { query, token: bob.token })
    const heard = async () => (await follower.hear()).data.monitorStatusChanged.status
    now = NOON + HOUR_MS / 6
    await tellTurns(app.deps)
    expect(await heard()).toBe('MAINTENANCE')
    now = NOON + (HOUR_MS * 2) / 3
    await tellTurns(app.deps)
    expect(await heard()).toBe('PENDING')
  })

  it('whoever follows is told of what a change of the window turns at once', async () => {
    const [shop, blog] = [await addMonitor('Shop'), await addMonitor('Blog')]
    const before = await turned()
    const { id } = await create({ monitorIds: [shop] })
    expect(await turned()).toBe(before + 1)
    await update({ id, monitorIds: [shop, blog] })
    expect(await turned()).toBe(before + 2)
    await update({ id, name: 'Other' })
    expect(await turned()).toBe(before + 2)
    await update({ id, startsAt: '2026-11-20T18:00' })
    expect(await turned()).toBe(before + 4)
    await remove({ id, keepsPast: false })
    expect(await turned()).toBe(before + 4)
  })
})

describe('uptime', () => {
  it('leaves out what was work, and follows an edit of the past, in one statement', async () => {
    const { database } = app
    await addMonitor('Shop')
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
      bob.ask(
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
    const { id } = await create({ startsAt: '2026-11-20T10:30', durationMinutes: 60 })
    expect(await uptime()).toEqual([630, 30, 60])
    await create({ startsAt: '2026-11-20T10:45', durationMinutes: 60 })
    expect(await uptime()).toEqual([615, 30, 75])
    await update({ id, startsAt: '2026-11-20T10:00' })
    expect(await uptime()).toEqual([615, 0, 105])
    const statements = await statementsOf(database.pool, () =>
      bob.ask('{ monitors { nodes { uptime { ratio } } } }'),
    )
    expect(statements.filter((text) => text.includes('maintenance_spans'))).toHaveLength(1)
  })
})
