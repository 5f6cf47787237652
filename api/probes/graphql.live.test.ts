import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather, createApiKey, join, type Person } from '../../test/people.ts'
import {
  assignmentsOf,
  registerProbe,
  resultOf,
  sync,
  syncBody,
  syncOk,
  post,
  signSync,
  watchFrom,
} from '../../test/probe.ts'

const REGISTER = `mutation ($input: RegisterProbeInput!) { registerProbe(input: $input) {
  secret probe { id keyId name kind region isShared isOnline capabilities revokedAt } } }`
const PROBES = '{ probes { name region keyId isShared } }'

let now = Date.now()
let server: TestServer
let alice: Person
let bob: Person
let charlie: Person

beforeAll(async () => {
  server = await openTestServer({ deps: { clock: { now: () => now } } })
  ;({ alice, bob, charlie } = await gather(server))
})
afterAll(() => server[Symbol.asyncDispose]())

const register = async (person: Person, input: object) => {
  const { data, errors } = await person.ask(REGISTER, { input: { name: 'Probe', ...input } })
  return data?.registerProbe ?? errors[0]!.extensions
}

describe('a probe', () => {
  it('is registered with a secret that is shown once, and kept sealed', async () => {
    const { secret, probe } = await register(alice, { region: 'berlin' })
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/)
    expect(probe).toMatchObject({
      name: 'Probe',
      kind: 'AGENT',
      region: 'berlin',
      isShared: false,
      isOnline: false,
      capabilities: [],
    })
    const { rows } = await server.database.pool.query('SELECT secret FROM probes')
    const stored = rows.map((row) => Buffer.from(row.secret).toString('latin1')).join()
    expect(stored).not.toContain(secret.slice(6, 30))
  })

  it('has its region to itself in its workspace, until it is revoked', async () => {
    const first = await register(alice, { region: 'bonn' })
    expect(await register(alice, { region: 'bonn' })).toMatchObject({ code: 'CONFLICT' })
    expect(await register(charlie, { region: 'bonn' })).toMatchObject({ probe: { region: 'bonn' } })
    const { data } = await alice.ask(
      'mutation ($id: ID!) { revokeProbe(input: { id: $id }) { probe { revokedAt isOnline } } }',
      { id: first.probe.id },
    )
    const revokedAt = new Date(now).toISOString()
    expect(data.revokeProbe.probe).toEqual({ revokedAt, isOnline: false })
    expect(await register(alice, { region: 'bonn' })).toMatchObject({ probe: { region: 'bonn' } })
  })

  it('wins its region once, of ten that are registered at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => register(alice, { region: 'trier' })),
    )
    expect(answers.filter(({ secret }) => secret)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'CONFLICT')).toHaveLength(9)
  })

  it('is refused with every rule that it breaks', async () => {
    expect(await register(alice, { name: ' ', region: 'Local' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [
        { path: ['name'], message: 'must not be empty' },
        { path: ['region'], message: 'must be 1 to 32 of a-z, 0-9 and -' },
      ],
    })
  })

  it('is shared by the owner of the installation alone, and one in a region', async () => {
    const admin = await join(server, alice, 'Admin', 'ADMIN')
    const shared = { kind: 'EDGE', region: 'sam', isShared: true }
    expect(await register(admin, shared)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await register(charlie, shared)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await register(alice, shared)).toMatchObject({ probe: { isShared: true } })
    expect(await register(alice, shared)).toMatchObject({ code: 'CONFLICT' })
  })

  it('is registered by those who may write probes, and seen by those who may read them', async () => {
    expect(await register(bob, { region: 'rome' })).toMatchObject({ code: 'FORBIDDEN' })
    expect((await bob.ask(PROBES)).errors).toEqual([])
    const key = await createApiKey(alice, ['PROBES_READ'])
    expect((await server.ask(PROBES, {}, key)).errors).toEqual([])
    const other = await createApiKey(alice, ['MONITORS_READ'])
    expect((await server.ask(PROBES, {}, other)).errors[0]?.extensions.code).toBe('FORBIDDEN')
  })

  it('of others is seen where it is shared, without the name of its key', async () => {
    await register(alice, { kind: 'EDGE', region: 'oc', isShared: true })
    const { data } = await charlie.ask(PROBES)
    const regions = data.probes.map(({ region }: { region: string }) => region)
    expect(regions).toContain('oc')
    expect(regions).not.toContain('berlin')
    const [oc] = data.probes.filter(({ region }: { region: string }) => region === 'oc')
    expect(oc).toEqual({ name: 'Probe', region: 'oc', keyId: null, isShared: true })
    const { data: own } = await alice.ask('{ probes { id region } }')
    for (const { id, region } of own.probes) {
      const answer = await charlie.ask(
        'query ($id: ID!) { node(id: $id) { ... on Probe { isShared } } }',
        { id },
      )
      const isShared = ['sam', 'oc'].includes(region)
      expect(answer.data?.node ?? answer.errors[0]?.extensions.code).toEqual(
        isShared ? { isShared } : 'NOT_FOUND',
      )
    }
  })
})

describe('what its syncs tell of a probe', () => {
  const READ = `query ($id: ID!) { node(id: $id) { ... on Probe {
    isOnline lastSeenAt version capabilities observedColo clockOffsetMs lagMs acceptedCount
    refusedCount unhealthySince } } }`

  it('is shown: when, which program, where, how late, and how much was taken', async () => {
    const probe = await registerProbe(alice, 'wien')
    await watchFrom(alice, ['wien'])
    now = Date.now()
    const [item] = await assignmentsOf(server.url, probe)
    const body = syncBody({
      version: '2.3.4',
      capabilities: ['HTTP', 'DNS'],
      colo: 'VIE',
      sentAt: now - 1_500,
      results: [
        resultOf(item!, { checkedAt: now - 4_000 }),
        resultOf(item!, { checkedAt: now - 1_000, attempt: 1 }),
        resultOf(item!, { checkedAt: now - 9_000, attempt: -1 }),
      ],
    })
    const { status } = await post(server.url, await signSync(probe, body, { at: now }), body)
    expect(status).toBe(200)
    const { data } = await alice.ask(READ, { id: probe.id })
    expect(data.node).toEqual({
      isOnline: true,
      lastSeenAt: new Date(now).toISOString(),
      version: '2.3.4',
      capabilities: ['HTTP', 'DNS'],
      observedColo: 'VIE',
      clockOffsetMs: -1_500,
      lagMs: 4_000,
      acceptedCount: 2,
      refusedCount: 1,
      unhealthySince: null,
    })
  })

  it('adds up over many at once', async () => {
    const probe = await registerProbe(alice, 'graz')
    await watchFrom(alice, ['graz'])
    const [item] = await assignmentsOf(server.url, probe)
    const attempts = Array.from({ length: 12 }, (_, attempt) => attempt)
    await Promise.all(
      attempts.map((attempt) =>
        syncOk(server.url, probe, {
          results: [resultOf(item!, { attempt }), resultOf(item!, { attempt: -1 })],
        }),
      ),
    )
    const { data } = await alice.ask(READ, { id: probe.id })
    expect(data.node).toMatchObject({ acceptedCount: 12, refusedCount: 12 })
  })

  it('is that it has gone, three minutes after the last one', async () => {
    const probe = await registerProbe(alice, 'linz')
    await sync(server.url, probe)
    const isOnline = async () => (await alice.ask(READ, { id: probe.id })).data.node.isOnline
    now += 179_000
    expect(await isOnline()).toBe(true)
    now += 1_001
    expect(await isOnline()).toBe(false)
  })
})
