import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { make } from '../../../test/making.ts'
import { gather, type Person } from '../../../test/people.ts'
import { uuidOf } from '../../graphql/ids.ts'

const SET = `mutation ($input: SetMonitorParentsInput!) { setMonitorParents(input: $input) {
  monitor { name parents { name } children { name } } } }`

let app: TestServer
let alice: Person
let bob: Person
let charlie: Person

beforeAll(async () => {
  app = await openTestServer()
  ;({ alice, bob, charlie } = await gather(app))
})
afterAll(() => app[Symbol.asyncDispose]())

const monitor = (name: string, person = alice) =>
  make(person, 'createMonitor', 'monitor', { name, kind: 'HTTP', target: 'https://shop.example' })
const set = (monitorId: string, parentIds: string[], person = alice) =>
  person.ask(SET, { input: { monitorId, parentIds } })

describe('what a monitor depends on', () => {
  it('is set whole, and shown from both sides', async () => {
    const [shop, router, power] = [
      await monitor('Shop'),
      await monitor('Router'),
      await monitor('Power'),
    ]
    const { data } = await set(shop, [router, power, router])
    expect(data.setMonitorParents.monitor).toEqual({
      name: 'Shop',
      parents: [{ name: 'Router' }, { name: 'Power' }],
      children: [],
    })
    await set(shop, [power])
    const list = await bob.ask(
      '{ monitors(filter: { search: "o" }, orderBy: NAME) { nodes { name parents { name } children { name } } } }',
    )
    expect(list.data.monitors.nodes).toEqual([
      { name: 'Power', parents: [], children: [{ name: 'Shop' }] },
      { name: 'Router', parents: [], children: [] },
      { name: 'Shop', parents: [{ name: 'Power' }], children: [] },
    ])
    const { data: none } = await set(shop, [])
    expect(none.setMonitorParents.monitor.parents).toEqual([])
  })

  it('is never itself, by whichever way, and the way is named', async () => {
    const [a, b, c] = [await monitor('A'), await monitor('B'), await monitor('C')]
    await set(a, [b])
    await set(b, [c])
    const rules = [await set(c, [c]), await set(c, [a]), await set(b, [c, a])].map(
      ({ errors }) => errors[0]?.extensions.issues,
    )
    const rule = (way: string) => [
      { path: ['parentIds'], message: `must not make a monitor depend on itself: ${way}` },
    ]
    expect(rules).toEqual([rule('C → C'), rule('C → A → B → C'), rule('B → A → B')])
  })

  it('is no circle after two are told to depend on each other at once', async () => {
    const [a, b] = [await monitor('A'), await monitor('B')]
    const answers = await Promise.all([set(a, [b]), set(b, [a])])
    expect(answers.filter(({ errors }) => errors.length > 0)).toHaveLength(1)
  })

  it('is of the same workspace, and refused whole otherwise', async () => {
    const [own, other, foreign] = [
      await monitor('Own'),
      await monitor('Other'),
      await monitor('Theirs', charlie),
    ]
    const codes = [
      await set(own, [foreign]),
      await set(own, [other, foreign]),
      await set(foreign, [own]),
      await set(own, [other], charlie),
    ].map(({ errors }) => errors[0]?.extensions.code)
    expect(codes).toEqual(Array(4).fill('NOT_FOUND'))
    const { rowCount } = await app.database.pool.query(
      'SELECT FROM monitor_dependencies WHERE monitor_id = $1 OR parent_id = $2',
      [uuidOf('Monitor', own), uuidOf('Monitor', foreign)],
    )
    expect(rowCount).toBe(0)
  })

  it('has at most 500 children', async () => {
    const [hub, one, more] = [await monitor('Hub'), await monitor('One'), await monitor('More')]
    await set(one, [hub])
    await app.database.pool.query(
      `WITH m AS (
         INSERT INTO monitors (workspace_id, name, kind, target, interval_seconds, timeout_ms, regions,
           failure_threshold, recovery_threshold, slow_threshold, normal_threshold)
         SELECT $1, 'Child', 'HTTP', 'https://shop.example', 60, 5000, '{local}', 3, 1, 3, 3
         FROM generate_series(1, 499) RETURNING id, workspace_id)
       INSERT INTO monitor_dependencies (monitor_id, parent_id, workspace_id) SELECT id, $2, workspace_id FROM m`,
      [alice.workspaceId, uuidOf('Monitor', hub)],
    )
    expect((await set(more, [hub])).errors[0]?.extensions.code).toBe('LIMIT_REACHED')
    expect((await set(one, [hub])).errors).toEqual([])
  })
})
