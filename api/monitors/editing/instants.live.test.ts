import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { registerProbe, syncOk, type TestProbe, watchFrom } from '../../../test/probe.ts'
import { report } from '../../../test/reports.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { pauseMonitor, resumeMonitor, updateMonitor } from '../deeds.ts'

// Within what a probe's clock may be ahead of ours.
const AHEAD_MS = 30_000

let server: TestServer
let alice: Person
let probe: TestProbe

beforeAll(async () => {
  server = await openTestServer()
  ;({ alice } = await gather(server))
  await keepPartitions(server.deps)
  probe = await registerProbe(alice, 'berlin')
})
afterAll(() => server[Symbol.asyncDispose]())

/** A monitor that a region whose clock is ahead calls DOWN, by the last of three checks. */
async function downAhead(): Promise<string> {
  const id = await watchFrom(alice, ['berlin'])
  const down = { outcome: 'DOWN' } as const
  const from = { fromMs: Date.now() + AHEAD_MS, region: 'berlin' }
  await report(server.deps, id, [down, down, down], from)
  return id
}

async function told(): Promise<{ version: string; decidableFrom: number }> {
  const { assignments } = await syncOk(server.url, probe)
  return { version: assignments!.version, decidableFrom: assignments!.items[0]!.decidableFrom }
}

describe('edits, whatever the clocks say', () => {
  it('are told apart by a probe', async () => {
    const id = await downAhead()
    const seen = [await told()]
    for (const name of ['one', 'two', 'three']) {
      await updateMonitor(server.deps, alice, id, { target: `https://${name}.example/` })
      seen.push(await told())
    }
    expect(new Set(seen.map(({ version }) => version)).size).toBe(4)
    expect(new Set(seen.map(({ decidableFrom }) => decidableFrom)).size).toBe(4)
  })

  it('are decided one after the other, and after what precedes them', async () => {
    const id = await downAhead()
    for (let round = 0; round < 2; round += 1) {
      await pauseMonitor(server.deps, alice, id)
      await resumeMonitor(server.deps, alice, id)
    }
    const transitions = await server.database.prisma.transition.findMany({
      where: { monitorId: id, supersededAt: null },
      orderBy: { decidedAt: 'asc' },
    })
    const instants = transitions.flatMap(({ at, decidedAt }) => [at.getTime(), decidedAt.getTime()])
    expect(transitions.map(({ toStatus }) => toStatus)).toEqual([
      'DOWN',
      'PAUSED',
      'PENDING',
      'PAUSED',
      'PENDING',
    ])
    expect(instants).toEqual(instants.toSorted((a, b) => a - b))
    expect(new Set(instants.slice(1)).size).toBe(5)
  })
})
