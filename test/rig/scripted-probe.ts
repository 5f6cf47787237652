import { createLog } from '../../api/platform/log.ts'
import { type Running, startLoop } from '../../api/platform/loop.ts'
import type { ProbeAssignment, ProbeResult } from '../../core/probe-protocol.ts'
import { slotAtOrAfter } from '../../core/slot.ts'
import { assignmentsOf, resultOf, syncOk, type TestProbe } from '../probe.ts'

const SYNC_EVERY_MS = 500
/** Runs of one slot are numbered by how long after it they began. */
const ATTEMPT_MS = 100

/** What a probe says in its next sync of a monitor that it is to check. */
export type Script = (assignment: ProbeAssignment) => ProbeResult[]

/** A probe that checks nothing: it syncs again and again, and says what its script tells it to. */
export async function startScriptedProbe(
  url: string,
  probe: TestProbe,
  script: Script,
): Promise<Running> {
  const assignments = await assignmentsOf(url, probe)
  return startLoop({
    name: `play ${probe.region}`,
    everyMs: SYNC_EVERY_MS,
    log: createLog('silent'),
    work: () => syncOk(url, probe, { results: assignments.flatMap(script) }),
  })
}

/** A run that began at an instant, in its slot. */
export function runAt(
  assignment: ProbeAssignment,
  checkedAt: number,
  found: Partial<ProbeResult> = {},
): ProbeResult {
  const scheduledAt = slotAtOrAfter(assignment, checkedAt - assignment.intervalSeconds * 1_000 + 1)
  const attempt = Math.floor((checkedAt - scheduledAt) / ATTEMPT_MS)
  return resultOf(assignment, { scheduledAt, attempt, checkedAt, ...found })
}
