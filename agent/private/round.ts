import { type DueRun, roundOf } from '../../core/probe-plan.ts'
import type { ProbeAssignment, ProbeResult } from '../../core/probe-protocol.ts'
import type { Agent } from './agent.ts'
import { report } from './report.ts'
import { runOnce } from './runs.ts'
import type { SyncOutcome } from './sync.ts'

const AT_ONCE = 100
const DEADLINE_MS = 120_000

/** Asks what to check, checks each monitor once and tells what it found; what failed in words, or null. */
export async function runRound(agent: Agent): Promise<string | null> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  let assigned: ProbeAssignment[] = []
  agent.reporter.take = (items) => (assigned = items)
  const trouble = await reportAll(agent, signal)
  if (trouble) return trouble
  for (const runs of chunks(roundOf(assigned, agent.clock.now()))) {
    const results = await Promise.all(runs.map((run) => runOnce(agent, run)))
    agent.spool.append(results)
    tell(agent, results)
  }
  return reportAll(agent, signal)
}

/** Until nothing waits any more. */
async function reportAll(agent: Agent, signal: AbortSignal): Promise<string | null> {
  let outcome: SyncOutcome
  do {
    outcome = await report(agent.reporter, signal)
  } while (outcome.ok && agent.spool.bytes() > 0)
  return outcome.ok ? null : outcome.message
}

function tell({ log }: Agent, results: ProbeResult[]): void {
  for (const { monitorId, outcome, latencyMs, message } of results)
    log.info(outcome, { monitorId, latencyMs, ...(message && { message }) })
}

function* chunks(runs: DueRun[]): Generator<DueRun[]> {
  for (let from = 0; from < runs.length; from += AT_ONCE) yield runs.slice(from, from + AT_ONCE)
}
