import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SyncRequest } from '../../../core/probe-protocol.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { type Person, signUp } from '../../../test/people.ts'
import { post, registerProbe, signSync, syncBody, type TestProbe } from '../../../test/probe.ts'
import { noteSilentProbes } from './deeds.ts'

const MINUTE_MS = 60_000

let now: number
let server: TestServer
let alice: Person
let probe: TestProbe
/** Since when somebody listens. */
let watchedSince: number

beforeEach(async () => {
  now = Date.now()
  watchedSince = now
  server = await openTestServer({ deps: { clock: { now: () => now } } })
  alice = await signUp(server, 'Alice')
  probe = await registerProbe(alice, 'berlin')
})
afterEach(() => server[Symbol.asyncDispose]())

async function hear(given: Partial<SyncRequest> = {}) {
  const body = syncBody(given)
  const { status } = await post(server.url, await signSync(probe, body, { at: now }), body)
  expect(status).toBe(200)
}

async function lookAfter(ms: number) {
  now += ms
  await noteSilentProbes(server.deps, watchedSince)
}

async function notices() {
  const { data, errors } = await alice.ask(
    '{ notices(first: 10) { totalCount nodes { kind region text startedAt resolvedAt } } }',
  )
  expect(errors).toEqual([])
  return data.notices.nodes
}

async function mails() {
  const { rows } = await server.database.pool.query(
    `SELECT recipient FROM account_mails WHERE kind = 'NOTICE'`,
  )
  return rows.map(({ recipient }) => recipient)
}

describe('a probe that falls silent', () => {
  it('is told of once, after three minutes, and until it is heard again', async () => {
    await hear()
    const lastSeen = new Date(now).toISOString().slice(0, 16).replace('T', ' ')
    await lookAfter(3 * MINUTE_MS - 1)
    expect(await notices()).toEqual([])
    await lookAfter(1)
    const startedAt = new Date(now).toISOString()
    for (let times = 0; times < 3; times += 1) await lookAfter(10 * MINUTE_MS)
    const silent = { kind: 'PROBE_SILENT', region: 'berlin', startedAt, resolvedAt: null }
    const text = `No sync since ${lastSeen} UTC: nothing is heard from there.`
    expect(await notices()).toEqual([{ ...silent, text }])
    expect(await mails()).toEqual([alice.email])

    await hear()
    expect(await notices()).toMatchObject([{ resolvedAt: new Date(now).toISOString() }])
    await lookAfter(10 * MINUTE_MS)
    expect(await notices()).toHaveLength(2)
    expect(await mails()).toHaveLength(2)
  })

  it('is told of once while it is hardly heard again before the next silence', async () => {
    for (let times = 0; times < 5; times += 1) {
      await hear()
      await lookAfter(10 * MINUTE_MS - 1)
    }
    expect(await notices()).toMatchObject([{ resolvedAt: null }])
    expect(await mails()).toHaveLength(1)
  })

  it('is told of once by several who look at the same moment', async () => {
    await hear()
    now += 3 * MINUTE_MS
    await Promise.all([1, 2, 3].map(() => noteSilentProbes(server.deps, watchedSince)))
    expect(await mails()).toHaveLength(1)
  })

  it('is told of by none while nobody could have heard it', async () => {
    await hear()
    now += 60 * MINUTE_MS
    watchedSince = now
    await lookAfter(3 * MINUTE_MS - 1)
    expect(await notices()).toEqual([])
    await lookAfter(1)
    expect(await notices()).toHaveLength(1)
  })

  it('is not told of before it has spoken, nor once it is revoked', async () => {
    await lookAfter(60 * MINUTE_MS)
    expect(await notices()).toEqual([])
    watchedSince = 0
    await hear()
    await lookAfter(3 * MINUTE_MS)
    await alice.ask(
      'mutation ($id: ID!) { revokeProbe(input: { id: $id }) { probe { id } } }',
      probe,
    )
    expect(await notices()).toMatchObject([{ resolvedAt: new Date(now).toISOString() }])
    await lookAfter(60 * MINUTE_MS)
    expect(await notices()).toHaveLength(1)
  })
})

describe('a region whose own network is gone', () => {
  const unwell = () => ({ unhealthySince: now - MINUTE_MS })

  it('is told of once, and is over when it says so', async () => {
    const since = new Date(now - MINUTE_MS).toISOString()
    const first = unwell()
    await hear(first)
    await hear(first)
    expect(await notices()).toMatchObject([
      { kind: 'REGION_UNHEALTHY', region: 'berlin', startedAt: since, resolvedAt: null },
    ])
    expect(await mails()).toEqual([alice.email])
    now += MINUTE_MS
    await hear()
    expect(await notices()).toMatchObject([{ resolvedAt: new Date(now).toISOString() }])
  })

  it('is told of once, however often it says that it is well and ill in turn', async () => {
    for (let times = 0; times < 20; times += 1) {
      await hear(unwell())
      await hear()
    }
    expect(await notices()).toHaveLength(1)
    expect(await mails()).toEqual([alice.email])
    now += 10 * MINUTE_MS
    await hear(unwell())
    expect(await notices()).toHaveLength(2)
  })

  it('is not dated to come, whatever its probe says', async () => {
    await hear({ unhealthySince: now + 60 * MINUTE_MS })
    expect(await notices()).toMatchObject([{ startedAt: new Date(now).toISOString() }])
  })

  it('is unwell as long as one of its shards says so', async () => {
    const [first, second] = [0, 1].map((index) => ({ shard: { index, of: 2 } }))
    await hear({ ...unwell(), ...second })
    await hear(first)
    const text = expect.stringMatching(/^The network of shard 1 of 2 is gone since /)
    expect(await notices()).toMatchObject([{ resolvedAt: null, text }])
    // None forgets what the other tells at the same moment.
    await Promise.all([hear({ ...unwell(), ...first }), hear({ ...unwell(), ...second })])
    await hear(second)
    expect(await notices()).toMatchObject([{ resolvedAt: null }])
    await hear(first)
    expect(await notices()).toMatchObject([{ resolvedAt: new Date(now).toISOString() }])
    expect(await mails()).toHaveLength(1)
  })
})
