import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shardOf } from '../../../core/probe-plan.ts'
import type { SyncRequest } from '../../../core/probe-protocol.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { registerProbe, syncOk, type TestProbe, watchFrom } from '../../../test/probe.ts'
import { statementsOf } from '../../../test/statements.ts'
import { encodeId } from '../../graphql/ids.ts'

let server: TestServer
let alice: Person
let charlie: Person

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice, charlie } = await gather(server))
})
afterAll(() => server[Symbol.asyncDispose]())

async function told(probe: TestProbe, given: Partial<SyncRequest> = {}) {
  const { assignments } = await syncOk(server.url, probe, given)
  return assignments && { ...assignments, ids: assignments.items.map((item) => item.monitorId) }
}

const act = async (who: Person, name: string, monitorId: string, changes: object = {}) => {
  const id = encodeId('Monitor', monitorId)
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`
  const { errors } = await who.ask(
    `mutation ($input: ${type}) { ${name}(input: $input) { __typename } }`,
    { input: { id, ...changes } },
  )
  expect(errors).toEqual([])
}

describe('a probe is told', () => {
  it('the monitors of its workspace and region, with their secrets', async () => {
    const probe = await registerProbe(alice, 'berlin')
    const http = { method: 'POST', auth: { bearer: { token: 'canary' } } }
    const monitorId = await watchFrom(alice, ['berlin', 'local'], { http, intervalSeconds: 30 })
    await watchFrom(alice, ['local'])
    expect((await told(probe))!.items).toEqual([
      {
        monitorId,
        decidableFrom: expect.any(Number),
        intervalSeconds: 30,
        policy: {
          failureThreshold: 3,
          recoveryThreshold: 1,
          latencyThresholdMs: null,
          slowThreshold: 3,
          normalThreshold: 3,
          intervalSeconds: 30,
          timeoutMs: 10_000,
        },
        request: expect.objectContaining({
          kind: 'HTTP',
          target: 'https://shop.example/',
          expectations: expect.objectContaining({ auth: { type: 'BEARER', token: 'canary' } }),
        }),
      },
    ])
  })

  it('no monitor of another workspace, though the region has the same name', async () => {
    const [hers, his] = [await registerProbe(alice, 'paris'), await registerProbe(charlie, 'paris')]
    const ids = [await watchFrom(alice, ['paris']), await watchFrom(charlie, ['paris'])]
    expect([(await told(hers))!.ids, (await told(his))!.ids]).toEqual(ids.map((id) => [id]))
  })

  it('only those of kinds that it can run, and by default what its kind of probe can', async () => {
    const probe = await registerProbe(alice, 'weur', { kind: 'EDGE' })
    const web = await watchFrom(alice, ['weur'])
    const name = await watchFrom(alice, ['weur'], { kind: 'DNS', target: 'shop.example' })
    expect((await told(probe, { capabilities: ['HTTP'] }))!.ids).toEqual([web])
    expect((await told(probe, { capabilities: ['HTTP', 'DNS'] }))!.ids).toEqual([web, name])
    expect((await told(probe, { capabilities: [] }))!.ids).toEqual([])
  })

  it('each monitor in one of its shards', async () => {
    const probe = await registerProbe(alice, 'rome')
    const ids: string[] = []
    for (let count = 0; count < 12; count += 1) ids.push(await watchFrom(alice, ['rome']))
    for (const index of [0, 1, 2]) {
      const expected = ids.filter((id) => shardOf(id, 3) === index)
      expect((await told(probe, { shard: { index, of: 3 } }))!.ids).toEqual(expected)
    }
  })
})

describe('a shared probe', () => {
  let eeur: TestProbe
  let ids: string[]

  beforeAll(async () => {
    eeur = await registerProbe(alice, 'eeur', { kind: 'EDGE', isShared: true })
    ids = [await watchFrom(alice, ['eeur']), await watchFrom(charlie, ['eeur'])]
  })

  it('is told the monitors of all workspaces, but of those with a probe of their own there', async () => {
    expect((await told(eeur))!.ids.toSorted()).toEqual(ids.toSorted())
    const own = await registerProbe(charlie, 'eeur', { kind: 'EDGE' })
    expect((await told(eeur))!.ids).toEqual([ids[0]])
    expect((await told(own))!.ids).toEqual([ids[1]])
  })
})

describe('assignments that did not change', () => {
  let probe: TestProbe
  let monitorId: string

  beforeAll(async () => {
    probe = await registerProbe(alice, 'oslo')
    monitorId = await watchFrom(alice, ['oslo'])
    await watchFrom(alice, ['oslo'])
  })

  it('are not told again, and are not even read', async () => {
    const { version: assignmentsVersion } = (await told(probe))!
    const { pool } = server.database
    const statements = await statementsOf(pool, async () => {
      expect(await told(probe, { assignmentsVersion })).toBeNull()
    })
    // The key, the message, what is known of the probe, and the version.
    expect(statements).toHaveLength(4)
    expect(statements.filter((text) => text.includes('m.secrets'))).toEqual([])
  })

  it.each([
    ['its settings are changed', () => act(alice, 'updateMonitor', monitorId, { timeoutMs: 900 })],
    [
      'a monitor is paused and resumed before the probe hears of it',
      async () => {
        await act(alice, 'pauseMonitor', monitorId)
        await act(alice, 'resumeMonitor', monitorId)
      },
    ],
    ['a monitor is paused', () => act(alice, 'pauseMonitor', monitorId)],
    ['a monitor is resumed', () => act(alice, 'resumeMonitor', monitorId)],
    ['one is added', () => watchFrom(alice, ['oslo'])],
    ['one moves elsewhere', () => act(alice, 'updateMonitor', monitorId, { regions: ['local'] })],
  ])('are told anew when %s', async (_, change) => {
    const before = (await told(probe))!
    await change()
    const after = await told(probe, { assignmentsVersion: before.version })
    expect(after?.version).not.toBe(before.version)
    expect(await told(probe, { assignmentsVersion: after!.version })).toBeNull()
  })

  it('are told without one that cannot be read, which is set aside', async () => {
    const bad = await watchFrom(alice, ['oslo'])
    await server.database.pool.query(
      `UPDATE monitors SET expectations = '{"method": 7}' WHERE id = $1`,
      [bad],
    )
    const { ids } = (await told(probe))!
    expect(ids).not.toContain(bad)
    expect(ids.length).toBeGreaterThan(0)
    const { data } = await alice.ask('query ($id: ID!) { monitor(id: $id) { quarantineReason } }', {
      id: encodeId('Monitor', bad),
    })
    expect(data.monitor.quarantineReason).toMatch(/its settings cannot be read/)
  })
})
