import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather, type Person } from '../../test/people.ts'
import { keepPartitions } from '../checks/partitions/deeds.ts'
import { uuidOf } from '../graphql/ids.ts'
import { instant } from '../instant.ts'
import { missDueRuns } from './jobs.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let server: TestServer
let alice: Person
let bob: Person
let charlie: Person
let nowMs = Date.now()
const pass = (ms: number) => {
  nowMs += ms
}

beforeAll(async () => {
  server = await openTestServer({ deps: { clock: { now: () => nowMs } } })
  ;({ alice, bob, charlie } = await gather(server))
  await keepPartitions(server.deps)
})
afterAll(() => server[Symbol.asyncDispose]())

const HEARTBEAT = `id status heartbeat { url expectedAt dueAt startedAt lastPingAt
  runs(first: 5) { kind runMs exitCode } pings(first: 5) { kind body at remoteAddress } }`

const act = async (mutation: string, input: object, person = alice) => {
  const stem = mutation[0]!.toUpperCase() + mutation.slice(1)
  return person.ask(
    `mutation ($input: ${stem}Input!) { ${mutation}(input: $input) { monitor { ${HEARTBEAT} } } }`,
    { input },
  )
}

const change = async (mutation: string, input: object) => {
  const { data, errors } = await act(mutation, input)
  expect(errors).toEqual([])
  return data[mutation].monitor
}

const watch = async (heartbeat: object = { periodSeconds: 3_600, graceSeconds: 300 }) => {
  const { id, heartbeat: made } = await change('createMonitor', {
    name: 'Backup',
    kind: 'HEARTBEAT',
    heartbeat,
  })
  // What begins in the millisecond of the monitor's own beginning is not yet its story.
  pass(2)
  return { id: id as string, key: uuidOf('Monitor', id), path: new URL(made.url).pathname }
}

const see = async (id: string, person = alice) => {
  const { data, errors } = await person.ask(
    `query ($id: ID!) { monitor(id: $id) { ${HEARTBEAT} } }`,
    { id },
  )
  return data?.monitor ?? errors[0]?.extensions.code
}

const call = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(server.url + path, init)
  return { status: response.status, text: await response.text(), headers: response.headers }
}

const storyOf = async (key: string) => {
  const incidents = await server.database.prisma.incident.findMany({
    where: { monitorId: key },
    orderBy: { id: 'asc' },
    include: { alerts: { orderBy: { position: 'asc' } } },
  })
  return incidents.map(({ cause, startedAt, resolvedAt, alerts }) => ({
    cause,
    startedAt: startedAt.getTime(),
    resolvedAt: resolvedAt?.getTime() ?? null,
    told: alerts.map(({ type, recipient }) => `${type} ${recipient}`),
  }))
}

const checksOf = (key: string) =>
  server.database.prisma.check.findMany({
    where: { monitorId: key },
    orderBy: { scheduledAt: 'asc' },
  })

describe('a job', () => {
  it('on time, late, failing and recovering: each incident begins, is told, and ends', async () => {
    const { id, key, path } = await watch()
    pass(10 * HOUR_MS)
    await missDueRuns(server.deps)
    expect(await see(id)).toMatchObject({ status: 'PENDING', heartbeat: { expectedAt: null } })

    expect(await call(path)).toMatchObject({ status: 200, text: 'OK' })
    const calledAt = nowMs
    expect(await see(id)).toMatchObject({
      status: 'UP',
      heartbeat: { expectedAt: new Date(calledAt + HOUR_MS).toISOString() },
    })

    pass(HOUR_MS + 5 * MINUTE_MS - 1)
    await missDueRuns(server.deps)
    expect((await see(id)).status).toBe('UP')
    pass(1)
    await missDueRuns(server.deps)
    expect((await see(id)).status).toBe('DOWN')

    pass(MINUTE_MS)
    await call(path, { method: 'POST' })
    const recoveredAt = nowMs
    pass(MINUTE_MS)
    await call(`${path}/start`)
    pass(90_000)
    await call(`${path}/3`, { method: 'POST', body: 'disk full' })
    const failedAt = nowMs
    expect((await see(id)).status).toBe('DOWN')
    pass(MINUTE_MS)
    await call(`${path}/0`, { method: 'HEAD' })

    const expectedAt = calledAt + HOUR_MS
    const missed = `The run expected at ${instant(expectedAt)} did not call by ${instant(expectedAt + 300_000)}`
    const told = [`DOWN ${alice.email}`, `UP ${alice.email}`]
    expect(await storyOf(key)).toEqual([
      { cause: missed, startedAt: expectedAt, resolvedAt: recoveredAt, told },
      { cause: 'The job ended with exit code 3', startedAt: failedAt, resolvedAt: nowMs, told },
    ])
    expect((await see(id)).heartbeat.runs).toEqual([
      { kind: 'SUCCESS', runMs: null, exitCode: 0 },
      { kind: 'FAIL', runMs: 90_000, exitCode: 3 },
      { kind: 'SUCCESS', runMs: null, exitCode: null },
      { kind: 'SUCCESS', runMs: null, exitCode: null },
    ])
  })

  it('that hangs is missed, and each further run is one more check', async () => {
    const { id, key, path } = await watch()
    await call(`${path}/start`)
    expect((await see(id)).status).toBe('PENDING')
    const startedAt = nowMs
    pass(5 * MINUTE_MS)
    await missDueRuns(server.deps)
    await missDueRuns(server.deps)
    pass(HOUR_MS)
    await missDueRuns(server.deps)
    const slots = (await checksOf(key)).map((check) => check.scheduledAt.getTime())
    expect(slots).toEqual([startedAt, startedAt + HOUR_MS])
    expect(await storyOf(key)).toMatchObject([{ startedAt, resolvedAt: null }])
  })

  it('that runs once a month is not unknown in between', async () => {
    const { key, path } = await watch({ cron: '0 3 1 * *', timeZone: 'Europe/Paris' })
    await call(path)
    const { rows } = await server.database.pool.query<{ days: number }>(
      `SELECT extract(epoch FROM silence_check_at - now()) / 86400 AS days FROM region_votes
       WHERE monitor_id = $1`,
      [key],
    )
    expect(Number(rows[0]!.days)).toBeGreaterThan(62)
  })

  it('whose process hears it twice at one instant is heard twice', async () => {
    const { id, key, path } = await watch()
    await Promise.all([call(`${path}/fail`), call(path), call(`${path}/log`), call(path)])
    const { pings } = (await see(id)).heartbeat
    expect(new Set(pings.map(({ at }: { at: string }) => at)).size).toBe(4)
    expect(await checksOf(key)).toHaveLength(3)
    pass(10)
  })
})

it('two processes at one deadline tell of it once', async () => {
  const jobs = await Promise.all(Array.from({ length: 5 }, () => watch()))
  await Promise.all(jobs.map(({ path }) => call(path)))
  pass(2 * HOUR_MS)
  await Promise.all([1, 2, 3].map(() => missDueRuns(server.deps)))
  await missDueRuns(server.deps)
  for (const { key } of jobs) {
    expect(await checksOf(key)).toHaveLength(2)
    expect(await storyOf(key)).toMatchObject([{ told: [`DOWN ${alice.email}`] }])
  }
})

it('a plan that cannot be read sets its monitor aside, and no other', async () => {
  const [broken, sound] = [await watch(), await watch()]
  for (const { path } of [broken, sound]) await call(path)
  await server.database.pool.query(`UPDATE monitors SET expectations = '{}' WHERE id = $1`, [
    broken.key,
  ])
  expect((await call(broken.path)).status).toBe(200)
  pass(2 * HOUR_MS)
  await missDueRuns(server.deps)
  const states = await server.database.prisma.monitor.findMany({
    where: { id: { in: [broken.key, sound.key] } },
    orderBy: { id: 'asc' },
  })
  expect(states.map(({ status, quarantinedAt }) => [status, quarantinedAt !== null])).toEqual([
    ['UNKNOWN', true],
    ['DOWN', false],
  ])
})

describe('a monitor that is edited', () => {
  it('keeps calls while paused and decides nothing; after it the first call arms it', async () => {
    const { id, key, path } = await watch()
    await call(path)
    pass(MINUTE_MS)
    expect(await change('pauseMonitor', { id })).toMatchObject({
      status: 'PAUSED',
      heartbeat: { expectedAt: null, dueAt: null },
    })
    pass(2 * HOUR_MS)
    await missDueRuns(server.deps)
    await call(`${path}/fail`)
    expect(await checksOf(key)).toHaveLength(1)
    expect((await see(id)).heartbeat.pings).toHaveLength(2)
    expect(await change('resumeMonitor', { id })).toMatchObject({
      status: 'PENDING',
      heartbeat: { expectedAt: null },
    })
    pass(MINUTE_MS)
    await call(path)
    expect((await see(id)).status).toBe('UP')
  })

  it('awaits by the new plan, from now on', async () => {
    const { id, path } = await watch()
    await call(path)
    pass(30 * MINUTE_MS)
    const moved = await change('updateMonitor', { id, heartbeat: { periodSeconds: 600 } })
    expect(moved).toMatchObject({
      status: 'UP',
      heartbeat: { expectedAt: iso(nowMs + 600_000), dueAt: iso(nowMs + 900_000) },
    })
    pass(15 * MINUTE_MS)
    await missDueRuns(server.deps)
    expect((await see(id)).status).toBe('DOWN')
  })

  it('has no address once it is deleted', async () => {
    const { id, path } = await watch()
    await call(path)
    const { errors } = await alice.ask(
      'mutation ($input: DeleteMonitorInput!) { deleteMonitor(input: $input) { deletedMonitorId } }',
      { input: { id } },
    )
    expect(errors).toEqual([])
    expect((await call(path)).status).toBe(404)
  })

  it('has another address after a rotation', async () => {
    const { id, path } = await watch()
    const { heartbeat } = await change('rotateHeartbeatToken', { id })
    expect((await call(path)).status).toBe(404)
    expect((await call(new URL(heartbeat.url).pathname)).status).toBe(200)
  })
})

it('Bob, who may only look, sees no address; Charlie sees nothing', async () => {
  const { id, path } = await watch()
  await call(path, { method: 'POST', body: 'done' })
  expect(await see(id, bob)).toMatchObject({
    heartbeat: { url: null, pings: [{ kind: 'SUCCESS', body: 'done' }] },
  })
  expect(await see(id, charlie)).toBe('NOT_FOUND')
  const codes = await Promise.all(
    [bob, charlie].map((one) => act('rotateHeartbeatToken', { id }, one)),
  )
  expect(codes.map(({ errors }) => errors[0]?.extensions.code)).toEqual(['FORBIDDEN', 'NOT_FOUND'])
})

describe('what is sent', () => {
  it.each<[string, BodyInit, string | null]>([
    ['no body', '', null],
    ['some words', 'ünö\n', 'ünö\n'],
    ['a NUL', 'a\0b', 'a\uFFFDb'],
    ['no UTF-8', new Uint8Array([97, 0xff]), 'a\uFFFD'],
    ['as much as is kept', 'x'.repeat(10_240), 'x'.repeat(10_240)],
    ['more than is kept', 'x'.repeat(1_000_000), 'x'.repeat(10_240)],
    ['a character cut in two', `${'x'.repeat(10_239)}ü`, 'x'.repeat(10_239)],
  ])('%s is kept as text', async (_, body, kept) => {
    const { id, path } = await watch()
    expect((await call(`${path}/log`, { method: 'POST', body })).status).toBe(200)
    expect((await see(id)).heartbeat.pings).toMatchObject([{ kind: 'LOG', body: kept }])
  })

  it('to an address that nobody was given is answered as if nothing were there', async () => {
    const [{ path }, other] = [await watch(), await watch()]
    const nothing = await call('/nothing-at-all')
    const strange = [
      `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`,
      `${path.slice(0, -22)}${other.path.slice(-22)}`,
      '/heartbeat/x',
      `/heartbeat/${'A'.repeat(43)}`,
      `${path}/256`,
      `${path}/constructor`,
      `${path}/start/again`,
      `${path}/%00`,
    ]
    for (const address of strange) {
      const { status, text } = await call(address)
      expect([address, status, anonymous(text)]).toEqual([address, 404, anonymous(nothing.text)])
    }
  })

  it('by another method is refused', async () => {
    const { path } = await watch()
    const { status, headers } = await call(path, { method: 'PUT' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })

  it('too often is refused for a while; strangers use up nothing', async () => {
    const { path } = await watch()
    const forged = `${path.slice(0, -4)}AAAA`
    for (let times = 0; times < 70; times += 1) await call(forged)
    const statuses: number[] = []
    for (let times = 0; times < 61; times += 1) statuses.push((await call(`${path}/log`)).status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(60)
    const { status, headers } = await call(path)
    expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
  })
})

const iso = (ms: number) => new Date(ms).toISOString()

function anonymous(text: string): string {
  return text.replace(/"requestId":"[^"]+"/, '')
}
