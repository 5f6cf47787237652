import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stir } from '../../../test/changes.ts'
import { eventually } from '../../../test/eventually.ts'
import { follow, type Follower, transports } from '../../../test/followers.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { addMonitors, type Watched } from '../../../test/monitors.ts'
import { createApiKey, gather, type Person } from '../../../test/people.ts'
import { statementsOf } from '../../../test/statements.ts'

const CHANGES = `subscription ($after: String) {
  changes(after: $after) { cursor kind node { ... on Monitor { name openIncidents { id } } } }
}`

let app: TestServer
let alice: Person
let bob: Person
let monitor: Watched
beforeAll(async () => {
  app = await openTestServer()
  const people = await gather(app)
  alice = people.alice
  bob = people.bob
  monitor = (await addMonitors(app.database, { workspaceId: alice.workspaceId }))[0]!
})
afterAll(() => app[Symbol.asyncDispose]())

/** Subscribed, and known to be: it is told something first. */
async function followEach(tokens: readonly string[], query = CHANGES): Promise<Follower[]> {
  const followers = await Promise.all(
    tokens.flatMap((token) =>
      transports.map((transport) => follow(transport, app, { query, token })),
    ),
  )
  await eventually('all are subscribed', async () => {
    const text = await (await fetch(`${app.url}/metrics`)).text()
    return text.includes(`pharos_subscriptions ${followers.length}\n`)
  })
  return followers
}

async function leave(followers: Follower[]): Promise<void> {
  for (const follower of followers) follower[Symbol.dispose]()
  await eventually('all have left', async () => {
    const text = await (await fetch(`${app.url}/metrics`)).text()
    return text.includes('pharos_subscriptions 0\n')
  })
}

describe('an event', () => {
  it('is read and executed once, however many are told', async () => {
    const costs = []
    for (const count of [1, 10]) {
      const followers = await followEach(Array.from({ length: count }, () => alice.token))
      const tellAll = async () => {
        await stir(app.database, monitor)
        await Promise.all(followers.map(({ hear }) => hear()))
      }
      const statements = await statementsOf(app.database.pool, tellAll)
      costs.push(statements.filter((text) => /"?incidents"?\b/.test(text)).length)
      await leave(followers)
    }
    expect(costs).toEqual([1, 1])
  })

  it('is the same to all, in the order in which it happened', async () => {
    const followers = await followEach([alice.token, bob.token])
    for (let i = 0; i < 20; i++) await stir(app.database, monitor)
    const heard = await Promise.all(
      followers.map(async ({ hear }) => {
        const cursors: number[] = []
        for (let i = 0; i < 20; i++) cursors.push(Number((await hear()).data.changes.cursor))
        return cursors
      }),
    )
    const [first = 0] = heard[0] ?? []
    const inOrder = Array.from({ length: 20 }, (_, i) => first + i)
    expect(heard).toEqual(followers.map(() => inOrder))
    await leave(followers)
  })

  it('shows each what they may see, whoever else is told', async () => {
    const key = await createApiKey(alice, ['MONITORS_READ'])
    const query = `subscription { changes { node { ... on Monitor { name openIncidents { id } } } } }`
    const followers = await followEach([alice.token, key], query)
    await stir(app.database, monitor)
    const heard = await Promise.all(followers.map(({ hear }) => hear()))
    const codes = heard.map(({ errors }) => errors.map(({ extensions }) => extensions.code))
    expect(codes).toEqual([[], [], ['FORBIDDEN'], ['FORBIDDEN']])
    await leave(followers)
  })
})

describe.each(transports)('over %s', (transport) => {
  it('a subscription that is refused says why, and ends', async () => {
    using nobody = await follow(transport, app, { query: CHANGES, token: null })
    expect((await nobody.hear()).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } },
    ])
    expect(await nobody.ended).toBe('complete')
  })

  it('a bug of ours in an event tells its request id and nothing of itself', async () => {
    const lines: string[] = []
    const log = pino({ level: 'error' }, { write: (line) => lines.push(line) })
    await using broken = await openTestServer({ deps: { log } })
    const { alice: owner } = await gather(broken)
    const { workspaceId, token } = owner
    const [watched] = await addMonitors(broken.database, { workspaceId })
    await broken.database.pool.query('ALTER TABLE incidents RENAME TO hidden')
    using follower = await follow(transport, broken, {
      query: CHANGES,
      token,
      variables: { after: '0' },
    })
    await stir(broken.database, watched!)
    const { data, errors } = await follower.hear()
    expect(data.changes).toMatchObject({ kind: 'MONITOR' })
    expect(errors).toEqual([
      {
        message: 'Unexpected error.',
        path: ['changes', 'node'],
        locations: expect.any(Array),
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
      },
    ])
    expect(lines.map((line) => JSON.parse(line).requestId)).toContain(
      errors[0]?.extensions.requestId,
    )
  })

  it('is taken to be cut off, not complete, when the server goes', async () => {
    const going = await openTestServer()
    const { alice: owner } = await gather(going)
    using follower = await follow(transport, going, { query: CHANGES, token: owner.token })
    await eventually('subscribed', async () =>
      (await (await fetch(`${going.url}/metrics`)).text()).includes('pharos_subscriptions 1\n'),
    )
    await going[Symbol.asyncDispose]()
    expect(await follower.ended).toBe(transport === 'sse' ? 'cut' : 1001)
  })
})
