import { type DueRun, roundOf } from '../../core/probe-plan.ts'
import type { ProbeAssignment, ProbeResult } from '../../core/probe-protocol.ts'
import type { Agent } from './agent.ts'
import { reportAll } from './report.ts'
import { runOnce } from './runs.ts'

const AT_ONCE = 100
const DEADLINE_MS = 120_000

/** Asks what to check, checks each monitor once and tells what it found; what failed in words, or null. */
export async function runRound(agent: Agent): Promise<string | null> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  let assigned: ProbeAssignment[] = []
  agent.reporter.take = (items) => (assigned = items)
  const before = await reportAll(agent.reporter, signal)
  if (!before.ok) return before.message
  for (const runs of chunks(roundOf(assigned, agent.clock.now()))) {
    const results = await Promise.all(runs.map((run) => runOnce(agent, run)))
    agent.spool.append(results)
    tell(agent, results)
  }
  const after = await reportAll(agent.reporter, signal)
  return after.ok ? null : after.message
}

function tell({ log }: Agent, results: ProbeResult[]): void {
  for (const { monitorId, outcome, latencyMs, message } of results)
    log.info(outcome, { monitorId, latencyMs, ...(message && { message }) })
}

function* chunks(runs: DueRun[]): Generator<DueRun[]> {
  for (let from = 0; from < runs.length; from += AT_ONCE) yield runs.slice(from, from + AT_ONCE)
}
