import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { type CastVote, type ConsensusPolicy, judgeMonitor } from '../consensus.ts'

let server: TestServer
let alice: Person
let bob: Person
let charlie: Person

/** Checks are dated a second apart, and nobody waits for them. */
let aheadMs = 0
const clock = { now: () => Date.now() + aheadMs }

beforeAll(async () => {
  server = await openTestServer({ deps: { clock } })
  ;({ alice, bob, charlie } = await gather(server))
  await keepPartitions(server.deps)
})
afterEach(() => {
  aheadMs = 0
})
afterAll(() => server[Symbol.asyncDispose]())

const CREATE =
  'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'

async function create(settings: object): Promise<{ id: string; key: string }> {
  const input = { name: 'Shop', kind: 'HTTP', target: 'https://shop.example.com/', ...settings }
  const { data, errors } = await alice.ask(CREATE, { input })
  expect(errors).toEqual([])
  const { id } = data.createMonitor.monitor
  return { id, key: uuidOf('Monitor', id) }
}

const act = (mutation: 'pauseMonitor' | 'resumeMonitor', id: string) =>
  alice.ask(`mutation { ${mutation}(input: { id: ${JSON.stringify(id)} }) { monitor { status } } }`)

const TRANSITIONS = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  monitor(id: $id) {
    transitions(first: $first, after: $after, last: $last, before: $before) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes {
        id from to at decidedAt reason cause supersededAt
        votes { region vote since at reason cause } policy { regionsAssigned quorum }
      }
    }
  }
}`

type Node = {
  id: string
  from: string
  to: string
  at: string
  decidedAt: string
  reason: string
  cause: string | null
  supersededAt: string | null
  votes: (Omit<CastVote, 'since' | 'at'> & { since: string; at: string })[]
  policy: ConsensusPolicy
}

async function transitions(id: string, page: object = {}, person = alice) {
  const { data, errors } = await person.ask(TRANSITIONS, { id, ...page })
  expect(errors).toEqual([])
  const { nodes, pageInfo, totalCount } = data.monitor.transitions
  return { nodes: nodes as Node[], pageInfo, totalCount: totalCount as number }
}

const changes = (nodes: Node[]) => nodes.map(({ from, to }) => `${from}>${to}`)

const up = { outcome: 'UP' } as const
const down = { outcome: 'DOWN' } as const

/** As any reader of the API would, from nothing but the answer. */
function recount({ votes, policy }: Node): string {
  const instant = (text: string) => Date.parse(text)
  const cast = votes.map((vote) => ({ ...vote, since: instant(vote.since), at: instant(vote.at) }))
  return judgeMonitor(cast, policy).status
}

describe('the transitions of a monitor', () => {
  it('tell when, why, by which votes and under which policy its status changed', async () => {
    const { id, key } = await create({ failureThreshold: 2 })
    const fromMs = Date.now() + 10
    await report(server.deps, key, [up, down, down], { fromMs })
    const { nodes, totalCount } = await transitions(id)
    const since = new Date(fromMs + 1_000).toISOString()
    const at = new Date(fromMs + 2_000).toISOString()
    const reason = `2 consecutive failures since ${since}, threshold 2`
    const cause = 'Connection refused'
    expect([changes(nodes), totalCount]).toEqual([['UP>DOWN', 'PENDING>UP'], 2])
    expect(nodes[0]).toEqual({
      id: expect.any(String),
      from: 'UP',
      to: 'DOWN',
      at: since,
      decidedAt: at,
      reason,
      cause,
      supersededAt: null,
      votes: [{ region: 'local', vote: 'DOWN', since, at, reason, cause }],
      policy: { regionsAssigned: 1, quorum: null },
    })
  })

  it('come to the same status when their votes are counted again', async () => {
    const { id, key } = await create({ failureThreshold: 1, latencyThresholdMs: 100 })
    const slow = { outcome: 'UP', latencyMs: 150 } as const
    await report(server.deps, key, [up, down, slow, slow, slow])
    aheadMs = 10_000
    await act('pauseMonitor', id)
    await act('resumeMonitor', id)
    const { nodes } = await transitions(id)
    expect(changes(nodes).toReversed()).toEqual([
      'PENDING>UP',
      'UP>DOWN',
      'DOWN>UP',
      'UP>DEGRADED',
      'DEGRADED>PAUSED',
      'PAUSED>PENDING',
    ])
    const [paused, counted] = [true, false].map((isPause) =>
      nodes.filter(({ to }) => (to === 'PAUSED') === isPause),
    )
    expect(counted!.map(recount)).toEqual(counted!.map(({ to }) => to))
    expect(paused!.map(({ votes }) => votes)).toEqual([[]])
  })

  it('stay in the record when late results tell another story', async () => {
    const { id, key } = await create({ failureThreshold: 2 })
    const fromMs = Date.now() + 10
    await report(server.deps, key, [up, down], { fromMs })
    await report(server.deps, key, [down], { fromMs: fromMs + 3_000 })
    await report(server.deps, key, [up], { fromMs: fromMs + 2_000 })
    const { nodes } = await transitions(id)
    expect(changes(nodes)).toEqual(['UP>DOWN', 'PENDING>UP'])
    expect(nodes.map(({ supersededAt }) => supersededAt !== null)).toEqual([true, false])
    expect(nodes.map(recount)).toEqual(['DOWN', 'UP'])
  })

  it('come in pages, from either end', async () => {
    const { id, key } = await create({ failureThreshold: 1 })
    await report(server.deps, key, [up, down, up, down, up])
    const all = changes((await transitions(id)).nodes)
    const newest = await transitions(id, { first: 2 })
    const next = await transitions(id, { first: 2, after: newest.pageInfo.endCursor })
    const oldest = await transitions(id, { last: 1 })
    const before = await transitions(id, { last: 2, before: oldest.pageInfo.startCursor })
    expect(changes([...newest.nodes, ...next.nodes, ...oldest.nodes])).toEqual(all)
    expect(before.nodes).toEqual(next.nodes)
    expect([newest, next, oldest].map(({ totalCount }) => totalCount)).toEqual([5, 5, 5])
    expect([newest.pageInfo.hasNextPage, oldest.pageInfo.hasPreviousPage]).toEqual([true, true])
  })

  it('are read by viewers, and by nobody who does not see the monitor', async () => {
    const { id, key } = await create({})
    await report(server.deps, key, [up])
    expect(changes((await transitions(id, {}, bob)).nodes)).toEqual(['PENDING>UP'])
    const { data, errors } = await charlie.ask(TRANSITIONS, { id })
    expect([data.monitor, errors[0]?.extensions.code]).toEqual([null, 'NOT_FOUND'])
  })

  it('refuse a cursor of another list', async () => {
    const { id } = await create({})
    const { errors } = await alice.ask(TRANSITIONS, { id, after: 'bm9uc2Vuc2U' })
    expect(errors[0]?.extensions.issues).toEqual([
      { path: ['after'], message: 'must be a cursor of this list' },
    ])
  })
})
