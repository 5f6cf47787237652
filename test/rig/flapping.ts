import { createLog } from '../../api/platform/log.ts'
import { type Running, startLoop } from '../../api/platform/loop.ts'
import { invariant } from '../../core/invariant.ts'
import type { ProbeResult } from '../../core/probe-protocol.ts'
import { assignmentsOf, syncOk } from '../probe.ts'
import { type RigProbe, registerProbe } from './agent.ts'
import { type Caller, createMonitor } from './graphql.ts'
import { runAt } from './scripted-probe.ts'

const SYNC_EVERY_MS = 250
/** The attempts of one slot have numbers for it, see ./scripted-probe.ts, and no vote gets old. */
const INTERVAL_SECONDS = 1_800

/** Monitors of a region of their own that go down or up at every check. */
export async function createFlapping(
  alice: Caller,
  { region, count }: { region: string; count: number },
): Promise<RigProbe> {
  const probe = await registerProbe(alice, region)
  for (const name of Array.from({ length: count }, (_, index) => `${region}-${index}`))
    await createMonitor(alice, {
      name,
      target: `https://${name}.example/`,
      regions: [region],
      intervalSeconds: INTERVAL_SECONDS,
      failureThreshold: 1,
      recoveryThreshold: 1,
    })
  return probe
}

/** So many of them turn a second. What one sync could not tell is told by the next, as probes do it. */
export async function startFlapping(
  url: string,
  probe: RigProbe,
  turnsPerSecond: number,
): Promise<Running> {
  const assignments = await assignmentsOf(url, probe)
  const startedAt = performance.now()
  let turns = 0
  let untold: ProbeResult[] = []

  function nextTurns(): ProbeResult[] {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * turnsPerSecond) - turns
    const count = Math.min(due, assignments.length)
    return Array.from({ length: count }, () => {
      const assignment = assignments[turns % assignments.length]!
      const isDown = Math.floor(turns / assignments.length) % 2 === 0
      turns += 1
      const found = isDown ? ({ outcome: 'DOWN', errorKind: 'TIMEOUT' } as const) : {}
      return runAt(assignment, Date.now(), found)
    })
  }

  const refused: string[] = []
  const loop = startLoop({
    name: `flap ${probe.region}`,
    everyMs: SYNC_EVERY_MS,
    log: createLog('silent'),
    async work() {
      if (untold.length === 0) untold = nextTurns()
      const { receipts } = await syncOk(url, probe, { results: untold })
      untold = []
      refused.push(
        ...receipts.flatMap((receipt) => (receipt.status === 'REFUSED' ? receipt.reason : [])),
      )
    },
  })
  return {
    async stop() {
      await loop.stop()
      invariant(refused.length === 0, `all results are taken in: ${refused[0]}`)
    },
  }
}
