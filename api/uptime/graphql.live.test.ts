import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { at, insertChecks, keepPastDay, makeMonitor } from '../../test/past.ts'
import { type Person, signUp } from '../../test/people.ts'
import { statementsOf } from '../../test/statements.ts'
import { uuidOf } from '../graphql/ids.ts'

let server: TestServer
let alice: Person

/** It is noon. */
beforeAll(async () => {
  server = await openTestServer({ deps: { clock: { now: () => at('12:00:00') } } })
  alice = await signUp(server, 'alice')
  const { database } = server
  const workspaceId = uuidOf('Workspace', alice.workspaceId)
  await keepPastDay(database)
  const id = await makeMonitor(database, workspaceId, 'UP@09:00:00 DOWN@10:00:00 UP@10:15:00')
  await makeMonitor(database, workspaceId, 'UP@09:00:00')
  await makeMonitor(database, workspaceId)
  await insertChecks(database, workspaceId, id, at('11:30:00'), [
    ['UP', 100],
    ['UP', 100],
    ['UP', 300],
    ['DOWN', 5],
  ])
})
afterAll(() => server[Symbol.asyncDispose]())

/** All monitors, the oldest first. */
async function ask(fields: string) {
  const { data, errors } = await alice.ask(`{ monitors(first: 10) { nodes { ${fields} } } }`)
  return { monitors: data?.monitors.nodes.toReversed(), errors }
}

/** How many these fields take beyond the list of monitors itself. */
async function countStatements(fields: string): Promise<number> {
  const count = async (asked: string) =>
    (await statementsOf(server.database.pool, () => ask(asked))).length
  return (await count(fields)) - (await count('id'))
}

describe('uptime', () => {
  const parts =
    'from to ratio upSeconds degradedSeconds downSeconds maintenanceSeconds pausedSeconds unknownSeconds'
  const none = { degradedSeconds: 0, downSeconds: 0, maintenanceSeconds: 0, pausedSeconds: 0 }

  test('is that of the last 24 hours, or since the monitor was made', async () => {
    const { monitors } = await ask(`uptime { ${parts} }`)
    const window = { from: '2001-02-03T08:00:00.000Z', to: '2001-02-03T12:00:00.000Z' }
    expect(monitors).toEqual([
      {
        uptime: {
          ...none,
          ...window,
          ratio: 9_900 / 10_800,
          upSeconds: 9_900,
          downSeconds: 900,
          unknownSeconds: 3_600,
        },
      },
      { uptime: { ...none, ...window, ratio: 1, upSeconds: 10_800, unknownSeconds: 3_600 } },
      { uptime: { ...none, ...window, ratio: null, upSeconds: 0, unknownSeconds: 14_400 } },
    ])
  })

  test('of any number of windows and monitors is read in one statement', async () => {
    const fields = `day: uptime { ratio }
      outage: uptime(from: "2001-02-03T10:00:00Z", to: "2001-02-03T10:15:00Z") { ratio }`
    const { monitors } = await ask(fields)
    expect(monitors[0]).toEqual({ day: { ratio: 9_900 / 10_800 }, outage: { ratio: 0 } })
    expect(await countStatements(fields)).toBe(1)
  })

  test('by day follows the clocks of its time zone', async () => {
    const fields = `uptimeDays(days: 2, timeZone: "Asia/Kathmandu") {
      date from to upSeconds downSeconds unknownSeconds }`
    const { monitors } = await ask(fields)
    expect(monitors[0]).toEqual({
      uptimeDays: [
        {
          date: '2001-02-02',
          from: '2001-02-03T08:00:00.000Z',
          to: '2001-02-03T08:00:00.000Z',
          upSeconds: 0,
          downSeconds: 0,
          unknownSeconds: 0,
        },
        {
          date: '2001-02-03',
          from: '2001-02-03T08:00:00.000Z',
          to: '2001-02-03T12:00:00.000Z',
          upSeconds: 9_900,
          downSeconds: 900,
          unknownSeconds: 3_600,
        },
      ],
    })
    expect(await countStatements(fields)).toBe(1)
  })
})

describe('check counts', () => {
  const counts = 'checkCounts { up down unknown } checkCountRatio'
  const none = { checkCounts: { up: 0, down: 0, unknown: 0 }, checkCountRatio: null }

  test('stand beside the uptime, for all monitors and windows in one more statement', async () => {
    const fields = `day: uptime { ratio ${counts} }
      before: uptime(from: "2001-02-03T09:00:00Z", to: "2001-02-03T11:00:00Z") { ${counts} }`
    const { monitors } = await ask(fields)
    expect(monitors).toEqual([
      {
        day: {
          ratio: 9_900 / 10_800,
          checkCounts: { up: 3, down: 1, unknown: 0 },
          checkCountRatio: 0.75,
        },
        before: none,
      },
      { day: { ratio: 1, ...none }, before: none },
      { day: { ratio: null, ...none }, before: none },
    ])
    expect(await countStatements(fields)).toBe(2)
  })

  test.each([
    ['just before their hour', '10:59:59.999', '11:00:00.000', null],
    ['of a moment in their hour, before they were due', '11:00:00.000', '11:00:00.001', 0.75],
    ['of a moment in their hour, after they were due', '11:59:59.999', '12:00:00.000', 0.75],
    ['before the monitor was made', '07:00:00.000', '07:30:00.000', null],
  ])('of a window %s are of the whole hours it touches', async (_, from, to, ratio) => {
    const window = `from: "2001-02-03T${from}Z", to: "2001-02-03T${to}Z"`
    const { monitors } = await ask(`uptime(${window}) { checkCountRatio }`)
    expect(monitors[0]).toEqual({ uptime: { checkCountRatio: ratio } })
  })
})

test('latency has percentiles for every step, for all monitors in one statement', async () => {
  const fields = `latency(from: "2001-02-03T10:00:00Z", points: 2) { at count p50 p95 }`
  const { monitors } = await ask(fields)
  expect(monitors[0]).toEqual({
    latency: [
      { at: '2001-02-03T10:00:00.000Z', count: 0, p50: null, p95: null },
      { at: '2001-02-03T11:00:00.000Z', count: 3, p50: near(100), p95: near(300) },
    ],
  })
  expect(await countStatements(fields)).toBe(1)
})

describe('what is not allowed is refused by field and rule', () => {
  test.each([
    ['uptime(from: "2001-02-03T12:00:00Z") { ratio }', 'from', 'must be before `to`'],
    [
      'latency(from: "1999-01-01T00:00:00Z") { count }',
      'from',
      'must be at most 400 days before `to`',
    ],
    ['uptimeDays(days: 401) { ratio }', 'days', 'must be from 1 to 400'],
    [
      'uptimeDays(timeZone: "Mars") { ratio }',
      'timeZone',
      'must be an IANA time zone, such as Europe/Berlin',
    ],
    ['latency(points: 0) { count }', 'points', 'must be from 1 to 500'],
  ])('%s', async (field, path, message) => {
    const { errors } = await ask(field)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: [path], message }],
    })
  })
})

function near(ms: number) {
  return expect.closeTo(ms, -Math.log10(ms * 0.05))
}
