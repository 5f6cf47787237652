import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { at, insertChecks, keepPastDay, makeMonitor } from '../../test/past.ts'
import { gather, type Person } from '../../test/people.ts'
import { encodeId } from '../graphql/ids.ts'

let server: TestServer
let alice: Person
let bob: Person
let charlie: Person
let key: string
let id: string

/** 12 checks: four slots a minute apart, of two regions, with a re-check each in `local`. */
const EVERY = ['08:03', '08:02', '08:01', '08:00'].flatMap((slot) =>
  ['2 local', '1 weur', '1 local'].map((run) => `${slot} ${run}`),
)

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice, bob, charlie } = await gather(server))
  await keepPastDay(server.database)
  key = await makeMonitor(server.database, alice.workspaceId)
  id = encodeId('Monitor', key)
  for (const slot of ['08:00', '08:01', '08:02', '08:03']) {
    const fill = (seen: ['UP' | 'DOWN', number | null][], region: string) =>
      insertChecks(server.database, alice.workspaceId, key, at(`${slot}:00`), seen, { region })
    await fill(
      [
        ['DOWN', null],
        ['UP', 20],
      ],
      'local',
    )
    await fill([['UP', 30]], 'weur')
  }
})
afterAll(() => server[Symbol.asyncDispose]())

const CHECKS = `query ($id: ID!, $first: Int, $last: Int, $after: String, $before: String,
    $from: DateTime, $to: DateTime, $region: String) {
  monitor(id: $id) {
    checks(first: $first, last: $last, after: $after, before: $before, from: $from, to: $to,
        region: $region) {
      totalCount nodes { scheduledAt attempt region }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`

type Row = { scheduledAt: string; attempt: number; region: string }

async function page(variables: object, person = alice) {
  const { data, errors } = await person.ask(CHECKS, { id, ...variables })
  expect(errors).toEqual([])
  const { nodes, pageInfo, totalCount } = data.monitor.checks
  const rows = nodes.map(
    ({ scheduledAt, attempt, region }: Row) => `${scheduledAt.slice(11, 16)} ${attempt} ${region}`,
  )
  return { rows, pageInfo, totalCount }
}

const iso = (clock: string) => new Date(at(clock)).toISOString()

describe("a monitor's checks", () => {
  it.each([1, 2, 5, 7])('page forward by %i through ties, each once', async (first) => {
    const seen: string[] = []
    let after: string | null = null
    do {
      const { rows, pageInfo }: Awaited<ReturnType<typeof page>> = await page({ first, after })
      seen.push(...rows)
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after)
    expect(seen).toEqual(EVERY)
  })

  it('page backward through ties, each once', async () => {
    const seen: string[] = []
    let before: string | null = null
    do {
      const { rows, pageInfo }: Awaited<ReturnType<typeof page>> = await page({ last: 5, before })
      seen.unshift(...rows)
      before = pageInfo.hasPreviousPage ? pageInfo.startCursor : null
    } while (before)
    expect(seen).toEqual(EVERY)
  })

  it('are those from one instant on and before another', async () => {
    const { rows, totalCount } = await page({ from: iso('08:01:00'), to: iso('08:03:00') })
    expect(rows).toEqual(EVERY.slice(3, 9))
    expect(totalCount).toBe(6)
  })

  it('are those of one region', async () => {
    const { rows, totalCount } = await page({ region: 'weur' })
    expect(rows).toEqual(EVERY.filter((row) => row.endsWith('weur')))
    expect(totalCount).toBe(4)
  })

  it('refuse a cursor that is none', async () => {
    const { errors } = await alice.ask(CHECKS, { id, after: 'bogus' })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('are there for those who view', async () => {
    expect((await page({ first: 1 }, bob)).rows).toEqual(EVERY.slice(0, 1))
  })
})

describe('a check', () => {
  const NODE = `query ($id: ID!) { node(id: $id) {
    id ... on Check { outcome latencyMs errorKind phases { resolveMs } isLate } } }`

  const newest = async (): Promise<string> => {
    const { data } = await alice.ask(
      'query ($id: ID!) { monitor(id: $id) { checks(first: 1) { nodes { id } } } }',
      { id },
    )
    return data.monitor.checks.nodes[0].id
  }

  it('is found by its id', async () => {
    const checkId = await newest()
    const { data } = await bob.ask(NODE, { id: checkId })
    expect(data.node).toEqual({
      id: checkId,
      outcome: 'UP',
      latencyMs: 20,
      errorKind: null,
      phases: { resolveMs: null },
      isLate: false,
    })
  })

  it.each([
    ['of another workspace', async () => newest()],
    ['that never was', async () => encodeId('Check', `${key}/1/0/local`)],
    ['of another shape', async () => encodeId('Check', 'bogus')],
    [
      'of an instant beyond all time',
      async () => encodeId('Check', `${key}/99999999999999/0/local`),
    ],
  ])('%s is not there', async (_, idOf) => {
    const { errors } = await charlie.ask(NODE, { id: await idOf() })
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }])
  })
})
