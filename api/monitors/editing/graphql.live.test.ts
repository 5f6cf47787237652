import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { encodeId, keyOf } from '../../graphql/ids.ts'
import { quarantineMonitor } from '../deeds.ts'
import { toCheckRequest } from '../monitor.ts'
import { purgeDeleted } from '../purges/jobs.ts'

let server: TestServer
let alice: Person
let bob: Person
let charlie: Person

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice, bob, charlie } = await gather(server))
  await keepPartitions(server.deps)
})
afterAll(() => server[Symbol.asyncDispose]())

const shop = { name: 'Shop', kind: 'HTTP', target: 'https://shop.example.com/' }

const EVERYTHING = `id name kind target status statusSince intervalSeconds timeoutMs isActive regions
  quorum failureThreshold recoveryThreshold latencyThresholdMs slowThreshold normalThreshold
  alertEmail quarantineReason lastCheckedAt createdAt updatedAt
  http { method headerNames body authType followRedirects verifyTls expectedStatus { from to } }
  assertions { source property comparison target }
  lastCheck { id outcome message }
  votes { region vote since ageSeconds isFresh lastCheckedAt reason advisory }`

function act(
  mutation: string,
  input: object,
  person = alice,
  fields = `monitor { ${EVERYTHING} }`,
) {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`
  return person.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`, {
    input,
  })
}

async function create(input: object = {}): Promise<{ id: string; key: string }> {
  const answer = await act('createMonitor', { ...shop, ...input })
  expect(answer.errors).toEqual([])
  const { id } = answer.data.createMonitor.monitor
  return { id, key: keyOf('Monitor', id) }
}

const codesOf = ({ errors }: Answer) => errors.map((error) => error.extensions.code)

const issuesOf = ({ errors }: Answer) =>
  errors.flatMap(({ extensions }) =>
    extensions.issues!.map(({ path, message }) => `${path.join('.')} ${message}`),
  )

const rowOf = (key: string) =>
  server.database.prisma.monitor.findUniqueOrThrow({ where: { id: key } })

const assignmentOf = (key: string) =>
  server.database.prisma.assignment.findUniqueOrThrow({
    where: { monitorId_region: { monitorId: key, region: 'local' } },
  })

const transitionsOf = async (key: string) => {
  const rows = await server.database.prisma.transition.findMany({
    where: { monitorId: key, supersededAt: null },
    orderBy: [{ decidedAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ fromStatus, toStatus }) => `${fromStatus}>${toStatus}`)
}

const down = { outcome: 'DOWN' } as const
const up = { outcome: 'UP' } as const

describe('createMonitor', () => {
  it('answers with the monitor, its defaults filled in', async () => {
    const { data } = await act('createMonitor', shop)
    expect(data.createMonitor.monitor).toMatchObject({
      ...shop,
      status: 'PENDING',
      intervalSeconds: 60,
      timeoutMs: 10_000,
      isActive: true,
      regions: ['local'],
      failureThreshold: 3,
      http: { method: 'GET', headerNames: [], expectedStatus: [{ from: 200, to: 399 }] },
      lastCheck: null,
      votes: [{ region: 'local', vote: 'PENDING', isFresh: false, ageSeconds: null }],
    })
  })

  it('asks for the first check at once', async () => {
    const { key } = await create()
    const { claimableAt, slotAt, attempt } = await assignmentOf(key)
    const { createdAt } = await rowOf(key)
    expect({ claimableAt, slotAt, attempt }).toEqual({
      claimableAt: createdAt,
      slotAt: createdAt,
      attempt: 0,
    })
  })

  it('names every field and the rule it broke', async () => {
    const answer = await act('createMonitor', {
      ...shop,
      name: '',
      target: 'http://169.254.169.254/latest',
      intervalSeconds: 5,
      timeoutMs: 5_000,
      http: { headers: [{ name: 'Host ', value: 'x' }] },
    })
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT'])
    expect(issuesOf(answer)).toEqual([
      'name must not be empty',
      'intervalSeconds must be a whole number from 10 to 86400',
      'target must not be a cloud metadata address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=169.254.169.254/32',
      "http.headers.0.name must be a header name: letters, digits and !#$%&'*+-.^_`|~",
    ])
  })

  it('is not for those who only view, nor for those who are not signed in', async () => {
    expect(codesOf(await act('createMonitor', shop, bob))).toEqual(['FORBIDDEN'])
    const stranger = await server.ask(
      'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
      { input: shop },
    )
    expect(codesOf(stranger)).toEqual(['UNAUTHENTICATED'])
  })
})

describe("a workspace's plan", () => {
  const allow = (data: { maxMonitors?: number; minIntervalSeconds?: number }) =>
    server.database.prisma.workspace.update({ where: { id: charlie.workspaceId }, data })

  it('lets in as many monitors as it allows, however many come at once', async () => {
    await allow({ maxMonitors: 5 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => act('createMonitor', shop, charlie)),
    )
    const refused = answers.filter(({ errors }) => errors.length > 0)
    expect(refused).toHaveLength(15)
    expect(new Set(refused.flatMap(codesOf))).toEqual(new Set(['LIMIT_REACHED']))
    const where = { workspaceId: charlie.workspaceId }
    expect(await server.database.prisma.monitor.count({ where })).toBe(5)
  })

  it('sets the shortest interval, for a new monitor and for a change', async () => {
    await allow({ maxMonitors: 6, minIntervalSeconds: 60 })
    const hasty = await act('createMonitor', { ...shop, intervalSeconds: 59 }, charlie)
    expect(codesOf(hasty)).toEqual(['LIMIT_REACHED'])
    expect(issuesOf(hasty)).toEqual([
      "intervalSeconds must be at least 60 on this workspace's plan",
    ])
    const { data } = await act('createMonitor', { ...shop, intervalSeconds: 60 }, charlie)
    const { id } = data.createMonitor.monitor
    const hastened = await act('updateMonitor', { id, intervalSeconds: 59 }, charlie)
    expect(codesOf(hastened)).toEqual(['LIMIT_REACHED'])
  })
})

describe('secrets', () => {
  const secrets = ['planted-header-9f3a', 'planted-user-77c1', 'planted-password-e08d']
  const http = {
    headers: [{ name: 'X-Api-Key', value: secrets[0] }],
    auth: { basic: { username: secrets[1], password: secrets[2] } },
  }
  const leaks = (text: string) => secrets.filter((secret) => text.includes(secret))

  it('are in no answer and no column, and reach the probe', async () => {
    const created = await act('createMonitor', { ...shop, http })
    const { id, http: shown } = created.data.createMonitor.monitor
    const changed = await act('updateMonitor', { id, name: 'Store', http: { method: 'HEAD' } })
    expect(shown).toMatchObject({ headerNames: ['X-Api-Key'], authType: 'BASIC' })
    expect(leaks(JSON.stringify([created.data, changed.data]))).toEqual([])

    const key = keyOf('Monitor', id)
    const { secrets: sealed, ...row } = await rowOf(key)
    const stored = JSON.stringify(row) + Buffer.from(sealed!).toString('latin1')
    expect(leaks(stored)).toEqual([])
    expect(toCheckRequest(await rowOf(key), server.deps.keyring).expectations).toMatchObject({
      method: 'HEAD',
      headers: http.headers,
      auth: { type: 'BASIC', username: secrets[1], password: secrets[2] },
    })
  })

  it('of one monitor cannot be opened as those of another', async () => {
    const mine = await rowOf((await create({ http })).key)
    const other = await rowOf((await create()).key)
    expect(() => toCheckRequest({ ...other, secrets: mine.secrets }, server.deps.keyring)).toThrow()
  })

  it('are refused by name of the field alone', async () => {
    const headers = [{ name: 'X-Api-Key', value: `${secrets[0]}\n` }]
    const { errors } = await act('createMonitor', { ...shop, http: { headers } })
    expect(errors).toHaveLength(1)
    expect(leaks(JSON.stringify(errors))).toEqual([])
  })
})

describe('updateMonitor', () => {
  it('keeps what is left out and clears with null what may be empty', async () => {
    const { id } = await create({ alertEmail: 'ops@example.com', latencyThresholdMs: 500 })
    const { data } = await act('updateMonitor', { id, name: 'Store', latencyThresholdMs: null })
    expect(data.updateMonitor.monitor).toMatchObject({
      name: 'Store',
      target: shop.target,
      alertEmail: 'ops@example.com',
      latencyThresholdMs: null,
    })
  })

  it('holds the whole to the rules, not the change alone', async () => {
    const { id } = await create({ intervalSeconds: 30, timeoutMs: 20_000 })
    const answer = await act('updateMonitor', { id, intervalSeconds: 10 })
    expect(issuesOf(answer)).toEqual(['timeoutMs must not exceed the interval'])
  })

  it('lets two changes at once both hold', async () => {
    const { id, key } = await create()
    await Promise.all([
      act('updateMonitor', { id, name: 'Store' }),
      act('updateMonitor', { id, failureThreshold: 5 }),
      act('updateMonitor', { id, http: { method: 'HEAD' } }),
    ])
    expect(await rowOf(key)).toMatchObject({
      name: 'Store',
      failureThreshold: 5,
      expectations: { method: 'HEAD' },
    })
  })

  it('leaves the votes and the plan alone where only the name changes', async () => {
    const { id, key } = await create()
    const before = [await assignmentOf(key), (await rowOf(key)).decidableFrom]
    await act('updateMonitor', { id, name: 'Store', alertEmail: 'ops@example.com' })
    expect([await assignmentOf(key), (await rowOf(key)).decidableFrom]).toEqual(before)
  })

  it('asks another target at once and lets the status stand until it answers', async () => {
    const { id, key } = await create()
    await report(server.deps, key, [up])
    const before = await assignmentOf(key)
    await act('updateMonitor', { id, target: 'https://store.example.com/' })
    const after = await assignmentOf(key)
    expect(after.fence).toBe(before.fence + 1n)
    expect(after.claimableAt!.getTime()).toBeLessThanOrEqual(Date.now())
    expect((await rowOf(key)).status).toBe('UP')
  })

  it('counts no check of before, however late it is told', async () => {
    const { id, key } = await create({ failureThreshold: 1 })
    await report(server.deps, key, [up])
    const ranAt = Date.now() + 20
    await report(server.deps, key, [up], { fromMs: ranAt + 10 })
    const monitor = await rowOf(key)
    await act('updateMonitor', { id, target: 'https://store.example.com/' })
    const { decidableFrom } = await rowOf(key)
    expect(decidableFrom.getTime()).toBeGreaterThan(monitor.decidableFrom.getTime())
    await report(server.deps, key, [down], { fromMs: decidableFrom.getTime() - 1 })
    expect((await rowOf(key)).status).toBe('UP')
    await report(server.deps, key, [down], { fromMs: decidableFrom.getTime() + 100 })
    expect((await rowOf(key)).status).toBe('DOWN')
  })
})

describe('pauseMonitor and resumeMonitor', () => {
  it('end what is open, tell so, and begin anew with a check at once', async () => {
    const { id, key } = await create({ failureThreshold: 1 })
    await report(server.deps, key, [up, down])
    const { data } = await act('pauseMonitor', { id })
    expect(data.pauseMonitor.monitor).toMatchObject({ status: 'PAUSED', isActive: false })
    expect(await assignmentOf(key)).toMatchObject({ claimableAt: null, isLeased: false })
    const incidents = await server.database.prisma.incident.findMany({ where: { monitorId: key } })
    expect(incidents).toMatchObject([{ kind: 'DOWN', status: 'RESOLVED' }])
    const alerts = await server.database.prisma.alert.findMany({
      where: { monitorId: key },
      orderBy: { position: 'asc' },
    })
    expect(alerts).toMatchObject([{ type: 'DOWN' }, { type: 'RESOLVED' }])

    const resumed = await act('resumeMonitor', { id })
    expect(resumed.data.resumeMonitor.monitor).toMatchObject({
      status: 'PENDING',
      isActive: true,
      votes: [{ vote: 'PENDING', ageSeconds: null }],
      lastCheck: { outcome: 'DOWN' },
    })
    expect((await assignmentOf(key)).claimableAt).not.toBeNull()
    const { decidableFrom } = await rowOf(key)
    await report(server.deps, key, [up], { fromMs: decidableFrom.getTime() + 10 })
    expect(await transitionsOf(key)).toEqual([
      'PENDING>UP',
      'UP>DOWN',
      'DOWN>PAUSED',
      'PAUSED>PENDING',
      'PENDING>UP',
    ])
  })

  it('by two at once leave one turn each', async () => {
    const { id, key } = await create()
    const twice = (mutation: string) => Promise.all([act(mutation, { id }), act(mutation, { id })])
    const answers = [...(await twice('pauseMonitor')), ...(await twice('resumeMonitor'))]
    expect(answers.flatMap(codesOf)).toEqual([])
    expect(await transitionsOf(key)).toEqual(['PENDING>PAUSED', 'PAUSED>PENDING'])
  })

  it('let a check under way decide nothing', async () => {
    const { id, key } = await create({ failureThreshold: 1 })
    await act('pauseMonitor', { id })
    await report(server.deps, key, [down])
    expect(await transitionsOf(key)).toEqual(['PENDING>PAUSED'])
  })

  it('leave nothing open where a failure is told at the same time', async () => {
    const { id, key } = await create({ failureThreshold: 1 })
    const rounds = 10
    for (let round = 0; round < rounds; round += 1) {
      await act('resumeMonitor', { id })
      await Promise.all([act('pauseMonitor', { id }), report(server.deps, key, [down])])
      expect((await rowOf(key)).status).toBe('PAUSED')
    }
    const open = { monitorId: key, status: { not: 'RESOLVED' as const } }
    expect(await server.database.prisma.incident.count({ where: open })).toBe(0)
  })

  it('leave a paused monitor paused while it is changed', async () => {
    const { id, key } = await create()
    await act('pauseMonitor', { id })
    await act('updateMonitor', { id, target: 'https://store.example.com/' })
    expect(await rowOf(key)).toMatchObject({ status: 'PAUSED', isActive: false })
    expect((await assignmentOf(key)).claimableAt).toBeNull()
  })
})

describe('a quarantine', () => {
  const poison = (key: string) =>
    server.database.pool.query(`UPDATE monitors SET expectations = '{"bad": 1}' WHERE id = $1`, [
      key,
    ])

  async function quarantined() {
    const monitor = await create()
    await poison(monitor.key)
    await quarantineMonitor(server.deps, monitor.key, 'its settings cannot be read')
    return monitor
  }

  it('sets a monitor aside, visibly', async () => {
    const { id, key } = await quarantined()
    const { data, errors } = await alice.ask(
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
    expect((await assignmentOf(key)).claimableAt).toBeNull()
  })

  it('by two at once leaves one turn', async () => {
    const { key } = await create()
    await Promise.all([
      quarantineMonitor(server.deps, key, 'one'),
      quarantineMonitor(server.deps, key, 'other'),
    ])
    expect(await transitionsOf(key)).toEqual(['PENDING>UNKNOWN'])
  })

  it('ends when what cannot be read is given again, and not before', async () => {
    const { id, key } = await quarantined()
    const answer = await act('updateMonitor', { id, name: 'Store' })
    expect(issuesOf(answer)).toEqual([
      'http must be given again: what is stored cannot be read',
      'assertions must be given again: what is stored cannot be read',
    ])
    const { data } = await act('updateMonitor', { id, http: {}, assertions: [] })
    expect(data.updateMonitor.monitor).toMatchObject({ status: 'PENDING', quarantineReason: null })
    expect((await assignmentOf(key)).claimableAt).not.toBeNull()
  })

  it('ends by a resumption too', async () => {
    const { id } = await quarantined()
    const { data } = await act('resumeMonitor', { id })
    expect(data.resumeMonitor.monitor).toMatchObject({ status: 'PENDING', quarantineReason: null })
  })
})

describe('deleteMonitor', () => {
  const HANGING = ['assignments', 'region_votes', 'transitions', 'incidents', 'alerts', 'purges']

  const left = async (key: string, tables: string[]) => {
    const counts = await Promise.all(
      tables.map((table) =>
        server.database.pool.query(`SELECT FROM ${table} WHERE monitor_id = $1`, [key]),
      ),
    )
    return Object.fromEntries(tables.map((table, index) => [table, counts[index]!.rowCount]))
  }

  it('takes all that hangs on it along, and its checks in the background', async () => {
    const { id, key } = await create({ failureThreshold: 1 })
    await report(server.deps, key, [up, down])
    expect(await left(key, [...HANGING, 'checks'])).toEqual({
      assignments: 1,
      region_votes: 1,
      transitions: 2,
      incidents: 1,
      alerts: 1,
      purges: 0,
      checks: 2,
    })
    const { data } = await act('deleteMonitor', { id }, alice, 'deletedMonitorId')
    expect(data.deleteMonitor).toEqual({ deletedMonitorId: id })
    const gone = { assignments: 0, region_votes: 0, transitions: 0, incidents: 0, alerts: 0 }
    expect(await left(key, HANGING)).toEqual({ ...gone, purges: 1 })
    await Promise.all([purgeDeleted(server.deps), purgeDeleted(server.deps)])
    expect(await left(key, [...HANGING, 'checks', 'check_rollups'])).toEqual({
      ...gone,
      purges: 0,
      checks: 0,
      check_rollups: 0,
    })
  })

  it('by two at once tells one of them that there is nothing', async () => {
    const { id } = await create()
    const remove = () => act('deleteMonitor', { id }, alice, 'deletedMonitorId')
    expect((await Promise.all([remove(), remove()])).flatMap(codesOf)).toEqual(['NOT_FOUND'])
  })
})

describe("another workspace's monitor", () => {
  const mutations = ['updateMonitor', 'pauseMonitor', 'resumeMonitor', 'deleteMonitor']
  const MONITOR = 'query ($id: ID!) { monitor(id: $id) { id } }'

  it.each(mutations)('is not there for %s', async (mutation) => {
    const { id, key } = await create()
    const fields = mutation === 'deleteMonitor' ? 'deletedMonitorId' : 'monitor { id }'
    const absent = encodeId('Monitor', '01a1f844-cef0-7229-ad64-a1f1ca292684')
    expect(codesOf(await act(mutation, { id }, charlie, fields))).toEqual(['NOT_FOUND'])
    expect(codesOf(await act(mutation, { id: absent }, charlie, fields))).toEqual(['NOT_FOUND'])
    expect(codesOf(await act(mutation, { id }, bob, fields))).toEqual(['FORBIDDEN'])
    expect((await rowOf(key)).isActive).toBe(true)
  })

  it('is not there to be read, and is for those who view', async () => {
    const { id } = await create()
    expect(codesOf(await charlie.ask(MONITOR, { id }))).toEqual(['NOT_FOUND'])
    expect((await bob.ask(MONITOR, { id })).data).toEqual({ monitor: { id } })
  })
})
