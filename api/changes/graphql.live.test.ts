import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Follower, follow } from '../../test/followers.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { createApiKey, gather, type Person } from '../../test/people.ts'
import { report } from '../../test/reports.ts'
import { keepPartitions } from '../checks/partitions/deeds.ts'
import { uuidOf } from '../graphql/ids.ts'

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

async function watch(person = alice): Promise<{ id: string; key: string }> {
  const { data, errors } = await person.ask(
    `mutation { createMonitor(input: {
       name: "Shop", kind: HTTP, target: "https://shop.example.com/", failureThreshold: 1
     }) { monitor { id } } }`,
  )
  expect(errors).toEqual([])
  const { id } = data.createMonitor.monitor
  return { id, key: uuidOf('Monitor', id) }
}

/** A second later each time, so that every check is news. */
let second = 0
async function see(key: string, outcome: 'UP' | 'DOWN') {
  second += 1
  await report(server.deps, key, [{ outcome }], { fromMs: Date.now() + second * 1_000 })
}

const cursorNow = ({ workspaceId } = alice) => server.deps.feeds.cursorBefore(workspaceId, 0)

const CHANGES = `subscription ($after: String) { changes(after: $after) {
  cursor kind action id node {
    __typename ... on Monitor { believed: status }
    ... on Incident { incident: status } ... on Alert { delivery: status }
  } } }`

const changesAfter = (after: string | null, token = alice.token) =>
  follow('sse', server, { query: CHANGES, variables: { after }, token })

async function hear(follower: Follower, field: string, count: number) {
  const heard = []
  while (heard.length < count) {
    const { data, errors } = await follower.hear()
    expect(errors).toEqual([])
    heard.push(data[field])
  }
  return heard
}

describe('changes', () => {
  it('tell each what they may read: what, how, and as it is now', async () => {
    const after = await cursorNow()
    const monitor = await watch()
    await see(monitor.key, 'UP')
    await see(monitor.key, 'DOWN')
    using follower = await changesAfter(after)
    const told = await hear(follower, 'changes', 5)
    const down = { __typename: 'Monitor', believed: 'DOWN' }
    expect(told.map(({ kind, action, node }) => [kind, action, node])).toEqual([
      ['MONITOR', 'CREATED', down],
      ['MONITOR', 'UPDATED', down],
      ['MONITOR', 'UPDATED', down],
      ['INCIDENT', 'CREATED', { __typename: 'Incident', incident: 'OPEN' }],
      ['ALERT', 'CREATED', { __typename: 'Alert', delivery: 'PENDING' }],
    ])
    expect(told.map(({ cursor }) => Number(cursor) - Number(after))).toEqual([1, 2, 3, 4, 5])
    expect(told[0].id).toBe(monitor.id)
  })

  it('go on behind any of them', async () => {
    const after = await cursorNow()
    const monitor = await watch()
    await see(monitor.key, 'UP')
    using first = await changesAfter(after)
    const [, last] = await hear(first, 'changes', 2)
    using resumed = await changesAfter(last.cursor)
    await see(monitor.key, 'DOWN')
    const [next] = await hear(resumed, 'changes', 1)
    expect(Number(next.cursor)).toBe(Number(last.cursor) + 1)
  })

  it('tell of a monitor that is gone by its id, and nothing of what went with it', async () => {
    const after = await cursorNow()
    const monitor = await watch()
    await see(monitor.key, 'DOWN')
    await alice.ask(
      `mutation { deleteMonitor(input: { id: "${monitor.id}" }) { deletedMonitorId } }`,
    )
    using follower = await changesAfter(after)
    const told = await hear(follower, 'changes', 5)
    expect(told.every(({ node }) => node === null)).toBe(true)
    expect(told.at(-1)).toMatchObject({ kind: 'MONITOR', action: 'DELETED', id: monitor.id })
  })

  it('tell a key that may read monitors only nothing of incidents', async () => {
    const token = await createApiKey(alice, ['MONITORS_READ'])
    const after = await cursorNow()
    const monitor = await watch()
    await see(monitor.key, 'DOWN')
    await see(monitor.key, 'UP')
    using follower = await changesAfter(after, token)
    const told = await hear(follower, 'changes', 3)
    expect(told.map(({ kind }) => kind)).toEqual(['MONITOR', 'MONITOR', 'MONITOR'])
  })

  it('tell nobody of another workspace', async () => {
    const afters = [await cursorNow(), await cursorNow(charlie)] as const
    using alices = await changesAfter(afters[0])
    using charlies = await changesAfter(afters[1], charlie.token)
    const [his, hers] = [await watch(charlie), await watch()]
    const [toHim] = await hear(charlies, 'changes', 1)
    const [toHer] = await hear(alices, 'changes', 1)
    expect([toHim.id, toHer.id]).toEqual([his.id, hers.id])
  })

  it('refuse what is no cursor, and tell the oldest where one has expired', async () => {
    using junk = await changesAfter('junk')
    expect((await junk.hear()).errors[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['after'] }] },
    })
    const { rows } = await server.database.pool.query(
      'DELETE FROM changes WHERE workspace_id = $1 AND position <= 2 RETURNING position',
      [alice.workspaceId],
    )
    expect(rows).toHaveLength(2)
    using expired = await changesAfter('1')
    const { errors } = await expired.hear()
    expect(errors[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['after'] }], oldestCursor: '2' },
    })
  })

  it('begin at a cursor that is asked for together with what is to be kept up to date', async () => {
    const { data } = await bob.ask('{ changesCursor monitors { totalCount } }')
    const monitor = await watch()
    using follower = await changesAfter(data.changesCursor, bob.token)
    let told
    do [told] = await hear(follower, 'changes', 1)
    while (told.id !== monitor.id)
    expect(told.action).toBe('CREATED')
  })
})

describe('views of them', () => {
  const follower = (selection: string, variables: object = {}) => {
    const types = { ids: '[ID!]', id: 'ID' } as Record<string, string>
    const given = Object.keys(variables).map((name) => `$${name}: ${types[name]}`)
    const head = given.length > 0 ? `(${given.join(', ')})` : ''
    const query = `subscription ${head} { ${selection} }`
    return follow('sse', server, { query, variables, token: bob.token })
  }

  it('tell of a status when it is another one, of the monitors asked for', async () => {
    const [one, other] = [await watch(), await watch()]
    using chosen = await follower('monitorStatusChanged(monitorIds: $ids) { id status }', {
      ids: [other.id],
    })
    using every = await follower('monitorStatusChanged { id }')
    for (const { key } of [one, other]) {
      await see(key, 'UP')
      await see(key, 'UP')
    }
    const [told] = await hear(chosen, 'monitorStatusChanged', 1)
    expect(told).toEqual({ id: other.id, status: 'UP' })
    const all = await hear(every, 'monitorStatusChanged', 2)
    expect(all.map(({ id }) => id)).toEqual([one.id, other.id])
  })

  it('tell of incidents and alerts, and of those of one monitor', async () => {
    const [one, other] = [await watch(), await watch()]
    using incidents = await follower('incidentChanged { status monitor { id } }')
    using others = await follower('incidentChanged(monitorId: $id) { monitor { id } }', {
      id: other.id,
    })
    using alerts = await follower('alertChanged { type incident { monitor { id } } }')
    for (const { key } of [one, other]) await see(key, 'DOWN')
    expect(await hear(incidents, 'incidentChanged', 2)).toEqual([
      { status: 'OPEN', monitor: { id: one.id } },
      { status: 'OPEN', monitor: { id: other.id } },
    ])
    expect(await hear(others, 'incidentChanged', 1)).toEqual([{ monitor: { id: other.id } }])
    expect(await hear(alerts, 'alertChanged', 2)).toEqual([
      { type: 'DOWN', incident: { monitor: { id: one.id } } },
      { type: 'DOWN', incident: { monitor: { id: other.id } } },
    ])
  })

  it.each([
    ['monitorStatusChanged(monitorIds: $ids) { id }', { ids: ['', 'junk'] }, 'NOT_FOUND'],
    ['incidentChanged(monitorId: $id) { id }', { id: '' }, 'NOT_FOUND'],
    [
      'monitorStatusChanged(monitorIds: $ids) { id }',
      { ids: Array(501).fill('x') },
      'BAD_USER_INPUT',
    ],
  ])('refuse %s of %o', async (selection, variables, code) => {
    using refused = await follower(selection, variables)
    expect((await refused.hear()).errors[0]?.extensions.code).toBe(code)
  })
})
