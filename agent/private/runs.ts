import type { CheckRequest, Finding } from '../../core/check.ts'
import {
  type DueRun,
  dueRuns,
  haveTurned,
  nextWakeAt,
  noteResults,
  type ProbePlan,
  takeAssignments,
} from '../../core/probe-plan.ts'
import {
  MAX_MESSAGE_LENGTH,
  type ProbeAssignment,
  type ProbeResult,
} from '../../core/probe-protocol.ts'
import type { ServerClock } from './clock.ts'
import type { Spool } from './spool.ts'

/** Runs under way at once; more wait. */
const RUNNING_MOST = 1_000
/** Runs due within one such step start together, and results that come within one are written together. */
const STEP_MS = 25
const LONGEST_WAIT_MS = 60_000
/** Runs still under way at a stop get this long. */
const DRAIN_MS = 2_000

/** Does the work: starts each run on its instant and writes what it found. */
export type Runs = {
  take(assignments: ProbeAssignment[]): void
  stop(): Promise<void>
}

export type Bench = {
  checker: { run(request: CheckRequest): Promise<Finding> }
  clock: ServerClock
  spool: Spool
}

/** `onTurn` is called when the server should hear of what is in the spool at once. */
export function startRuns(bench: Bench, onTurn: () => void): Runs {
  const running = new Set<Promise<void>>()
  const found: ProbeResult[] = []
  let plan: ProbePlan = new Map()
  let waking: NodeJS.Timeout | null = null
  let writing: NodeJS.Timeout | null = null
  let isStopping = false

  const wake = () => {
    if (isStopping) return
    const now = bench.clock.now()
    const due = dueRuns(plan, now, RUNNING_MOST - running.size)
    plan = due.plan
    for (const run of due.runs) start(run)
    waking = setTimeoutAnew(waking, wake, waitMs(plan, running.size, bench.clock.now()))
  }
  const start = (run: DueRun) => {
    const underWay = runOnce(bench, run).then((result) => {
      running.delete(underWay)
      found.push(result)
      writing ??= setTimeout(write, STEP_MS)
    })
    running.add(underWay)
  }
  const write = () => {
    writing = null
    const results = found.splice(0)
    bench.spool.append(results)
    const before = plan
    plan = noteResults(plan, results, bench.clock.now())
    if (haveTurned(before, plan, results)) onTurn()
    wake()
  }

  return {
    take(assignments) {
      plan = takeAssignments(plan, assignments, bench.clock.now())
      wake()
    },
    async stop() {
      isStopping = true
      if (waking) clearTimeout(waking)
      await Promise.race([Promise.all(running), drainTime()])
      if (writing) clearTimeout(writing)
      write()
    },
  }
}

/** A run and what it found, under the identity that the server knows it by. */
export async function runOnce(
  { checker, clock }: Omit<Bench, 'spool'>,
  { assignment, slotAt: scheduledAt, attempt }: DueRun,
): Promise<ProbeResult> {
  const { monitorId, decidableFrom, request } = assignment
  const checkedAt = clock.now()
  const finding = await checker.run(request)
  const message = finding.message?.slice(0, MAX_MESSAGE_LENGTH) ?? null
  return { ...finding, message, monitorId, decidableFrom, scheduledAt, attempt, checkedAt }
}

function waitMs(plan: ProbePlan, running: number, nowMs: number): number {
  const wakeAt = nextWakeAt(plan) ?? Infinity
  // With no room for more, the next result wakes us.
  const aheadMs = running >= RUNNING_MOST ? LONGEST_WAIT_MS : wakeAt - nowMs
  return Math.min(Math.max(STEP_MS, aheadMs), LONGEST_WAIT_MS)
}

function setTimeoutAnew(timer: NodeJS.Timeout | null, call: () => void, ms: number) {
  if (timer) clearTimeout(timer)
  return setTimeout(call, ms)
}

function drainTime(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, DRAIN_MS).unref()
  return promise
}
