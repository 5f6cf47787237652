import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { statementsOf } from '../../../test/statements.ts'
import { credentialOf } from '../../accounts/credential.ts'
import { authenticate } from '../../accounts/deeds.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { createMonitor, pauseMonitor } from '../deeds.ts'

const COUNT = 100
const MAX_STATEMENTS = 8
/** Once a minute a request notes that its session is used: this one, and not the one that is counted. */
const REQUEST_BEFORE = '{ viewer { id } }'

let server: TestServer
let alice: Person
let charlie: Person

/** 100 monitors under 10 names: of each ten the first is down, the second paused, the others up. */
beforeAll(async () => {
  server = await openTestServer()
  ;({ alice, charlie } = await gather(server))
  await keepPartitions(server.deps)
  const { deps } = server
  const principal = await authenticate(
    deps,
    credentialOf(new Headers({ authorization: `Bearer ${alice.token}` })),
  )
  for (let index = 0; index < COUNT; index += 1) {
    const place = Math.floor(index / 10)
    const id = await createMonitor(deps, principal!, {
      name: `Site ${place}`,
      kind: 'HTTP',
      target: `https://${index % 10 === 0 ? 'Shop' : 'site'}-${index}.example.com/`,
      failureThreshold: 1,
    })
    if (index % 10 === 1) await pauseMonitor(deps, principal!, id)
    else await report(deps, id, [{ outcome: 'UP' }, { outcome: index % 10 === 0 ? 'DOWN' : 'UP' }])
  }
})
afterAll(() => server[Symbol.asyncDispose]())

const LIST = `query ($first: Int, $last: Int, $after: String, $before: String,
    $filter: MonitorFilter, $orderBy: MonitorOrder) {
  monitors(first: $first, last: $last, after: $after, before: $before, filter: $filter,
      orderBy: $orderBy) {
    totalCount nodes { id name target status statusSince }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

type Row = { id: string; name: string; target: string; status: string; statusSince: string }

async function list(variables: object, person = alice) {
  const { data, errors } = await person.ask(LIST, variables)
  expect(errors).toEqual([])
  const { nodes, pageInfo, totalCount } = data.monitors
  return { nodes: nodes as Row[], pageInfo, totalCount: totalCount as number }
}

type Page = Awaited<ReturnType<typeof list>>

async function forward(orderBy: string | undefined, first: number): Promise<Row[]> {
  const seen: Row[] = []
  let after: string | null = null
  do {
    const { nodes, pageInfo }: Page = await list({ first, after, orderBy })
    seen.push(...nodes)
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after)
  return seen
}

async function backward(orderBy: string, last: number): Promise<Row[]> {
  const seen: Row[] = []
  let before: string | null = null
  do {
    const { nodes, pageInfo }: Page = await list({ last, before, orderBy })
    seen.unshift(...nodes)
    before = pageInfo.hasPreviousPage ? pageInfo.startCursor : null
  } while (before)
  return seen
}

describe('a page of 100 monitors', () => {
  it(`with status, uptime, last check and open incidents takes at most ${MAX_STATEMENTS} statements`, async () => {
    const dashboard = `query ($from: DateTime) { monitors(first: 100) { totalCount nodes {
      id name kind status statusSince lastCheckedAt certificateExpiresAt
      http { method } tcp { tls } heartbeat { cron } assertions { source }
      uptime(from: $from) { ratio upSeconds downSeconds unknownSeconds }
      lastCheck { outcome httpStatus latencyMs checkedAt }
      votes { region vote isFresh }
      openIncidents { kind startedAt cause }
    } } }`
    const from = new Date(Date.now() - 86_400_000).toISOString()
    await alice.ask(REQUEST_BEFORE)
    let answer: Awaited<ReturnType<Person['ask']>> | undefined
    const statements = await statementsOf(server.database.pool, async () => {
      answer = await alice.ask(dashboard, { from })
    })
    expect(answer!.errors).toEqual([])
    const { nodes } = answer!.data.monitors
    expect(nodes).toHaveLength(COUNT)
    const down = nodes.find(({ status }: Row) => status === 'DOWN')
    expect(down).toMatchObject({
      lastCheck: { outcome: 'DOWN' },
      openIncidents: [{ kind: 'DOWN', cause: 'Connection refused' }],
    })
    expect(statements.length, statements.join('\n\n')).toBeLessThanOrEqual(MAX_STATEMENTS)
    expect(statements.filter((text) => /\bchecks\b/.test(text))).toEqual([])
  })

  it('reads what the votes do not remember of the last checks in one statement more', async () => {
    const query = (fields: string) =>
      `{ monitors(first: 100) { nodes { lastCheck { ${fields} } } } }`
    const count = async (fields: string) =>
      (await statementsOf(server.database.pool, () => alice.ask(query(fields)))).length
    await alice.ask(REQUEST_BEFORE)
    const withDetail = await count('outcome dnsOk tlsOk isLate phases { connectMs } remoteAddress')
    expect(withDetail).toBe((await count('outcome')) + 1)
  })
})

describe('monitors', () => {
  const orders: [string, (a: Row, b: Row) => number][] = [
    ['NEWEST', (a, b) => Number(b.target.match(/\d+/)) - Number(a.target.match(/\d+/))],
    ['OLDEST', (a, b) => Number(a.target.match(/\d+/)) - Number(b.target.match(/\d+/))],
    ['NAME', (a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))],
    ['LATEST_CHANGE', (a, b) => Date.parse(b.statusSince) - Date.parse(a.statusSince)],
  ]

  it.each(orders)('page by %s forward and backward through ties, each once', async (order, by) => {
    const there = await forward(order, 7)
    expect(new Set(there.map(({ id }) => id)).size).toBe(COUNT)
    expect(there).toEqual(there.toSorted(by))
    expect(await backward(order, 9)).toEqual(there)
  })

  it('come newest first where no order is given', async () => {
    expect(await forward(undefined, 50)).toEqual(await forward('NEWEST', 100))
  })

  it('go on behind a cursor whose monitor is gone', async () => {
    const { pageInfo, nodes } = await list({ first: 10, orderBy: 'OLDEST' })
    const created = await server.ask(
      `mutation { createMonitor(input: { name: "Gone", kind: HTTP, target: "https://gone.example.com/" }) { monitor { id } } }`,
      {},
      alice.token,
    )
    const { id } = created.data.createMonitor.monitor
    const newest = await list({ first: 1 })
    await server.ask(
      'mutation ($id: ID!) { deleteMonitor(input: { id: $id }) { deletedMonitorId } }',
      { id },
      alice.token,
    )
    const next = await list({ first: 1, after: newest.pageInfo.endCursor })
    expect(next.nodes[0]!.target).toMatch(/-99\./)
    expect(nodes).toHaveLength(10)
    expect(pageInfo.hasPreviousPage).toBe(false)
  })

  const filters: [string, object, number][] = [
    ['status', { status: ['DOWN'] }, 10],
    ['one status or another', { status: ['DOWN', 'PAUSED'] }, 20],
    ['no status', { status: [] }, 0],
    ['kind', { kind: ['HTTP'] }, 100],
    ['being watched', { isActive: true }, 90],
    ['being paused', { isActive: false }, 10],
    ['region', { region: 'local' }, 100],
    ['another region', { region: 'weur' }, 0],
    ['part of the name in any case', { search: 'SITE 3' }, 10],
    ['part of the target in any case', { search: 'shop-' }, 10],
    ['an empty search', { search: '' }, 100],
    ['a percent sign, which stands for itself', { search: '%' }, 0],
    ['an underscore, which stands for itself', { search: 'Site_3' }, 0],
    ['several of them', { status: ['DOWN'], search: 'Site 3', isActive: true }, 1],
  ]

  it.each(filters)('are found by %s', async (_, filter, count) => {
    const { nodes, totalCount } = await list({ first: 100, filter })
    expect([nodes.length, totalCount]).toEqual([count, count])
  })

  it.each([
    ['half of a surrogate pair', { search: 'a\ud800b' }, ['search']],
    ['more than 200 characters', { region: 'x'.repeat(201) }, ['region']],
  ])('refuse a filter with %s', async (_, filter, path) => {
    const { errors } = await alice.ask(LIST, { filter })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', issues: [{ path }] } }])
  })

  it.each(['bogus', Buffer.from('x/y').toString('base64url')])(
    'refuse the cursor %s',
    async (after) => {
      const { errors } = await alice.ask(LIST, { after, orderBy: 'LATEST_CHANGE' })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    },
  )

  it('of another workspace are not in the list', async () => {
    expect(await list({}, charlie)).toMatchObject({ nodes: [], totalCount: 0 })
  })
})
