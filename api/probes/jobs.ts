import { performance } from 'node:perf_hooks'
import type { Checker } from '../../agent/check.ts'
import { guardChecker } from '../../agent/health.ts'
import type { Finding } from '../../core/check.ts'
import { currentRun } from '../../core/slot.ts'
import type { Recorder } from '../checks/jobs.ts'
import type { Deps } from '../deps.ts'
import { setAside } from '../monitors/deeds.ts'
import { toCheckRequest } from '../monitors/monitor.ts'
import { failpoint } from '../platform/failpoint.ts'
import { type Running, startLoop, together } from '../platform/loop.ts'
import { type ClaimedRun, LOCAL_REGION, workspacesHolding } from './assignment.ts'
import { startOwnHealthWatch } from './notices/jobs.ts'
import { claimDueRuns, type ClaimedRow, releaseRuns } from './store.ts'

const CLAIM_EVERY_MS = 250
/** Claimed this far ahead, a run starts on its instant and not on the next poll. */
const CLAIM_AHEAD_MS = 600
const MAX_CLAIMED = 1_000
/** Runs due within one such step start together: a wake-up for each cost a quarter more CPU at 1,000 a second. */
const START_TOGETHER_MS = 25
/** Runs under way at once: 10,000 monitors a process with targets that hang for seconds. */
const MAX_HELD = 4_000
/** Whoever has so many of them is given no more: with what one claim adds, 500 are left to all others. */
const MAX_HELD_OF_ONE = 2_500
/** Runs still under way when the process stops get this long, then their lease is given back. */
const DRAIN_MS = 2_000

/** The built-in probe: claims due runs of region `local`, checks, and hands the results to the recorder. */
export function startLocalProbe(deps: Deps, recorder: Recorder): Running {
  const { referenceTargets: references } = deps.environment
  const checker = guardChecker(deps.checker, { references, now: deps.clock.now })
  const probe: LocalProbe = { deps, recorder, checker, held: new Map() }
  const loops = together([startOwnHealthWatch(deps, checker), startClaiming(probe)])
  return {
    async stop() {
      await loops.stop()
      await letGo(probe)
      checker.stop()
    },
  }
}

type LocalProbe = {
  deps: Deps
  recorder: Recorder
  checker: Checker
  held: Map<string, HeldRun>
}

type HeldRun = { run: ClaimedRun; timer: NodeJS.Timeout; finished: Promise<void> | null }

function startClaiming(probe: LocalProbe): Running {
  const { deps, recorder, held } = probe
  return startLoop({
    name: 'claim due runs',
    everyMs: CLAIM_EVERY_MS,
    log: deps.log,
    async work() {
      const room = Math.min(MAX_CLAIMED, MAX_HELD - held.size, recorder.room())
      if (room <= 0) return
      const runs = [...held.values()].map(({ run }) => run)
      const rows = await claimDueRuns(deps.database.pool, {
        region: LOCAL_REGION,
        aheadMs: CLAIM_AHEAD_MS,
        most: room,
        without: workspacesHolding(runs, MAX_HELD_OF_ONE),
      })
      if (rows.length > 0) failpoint('after-claim')
      for (const row of rows) await hold(probe, row)
    },
  })
}

async function hold(probe: LocalProbe, row: ClaimedRow): Promise<void> {
  const { deps, held } = probe
  const run = await readRun(deps, row)
  if (!run) return
  const key = `${run.monitorId}:${run.fence}`
  const nowMs = performance.now()
  const dueAt = nowMs + run.startsInMs
  const entry: HeldRun = {
    run,
    finished: null,
    timer: setTimeout(
      () => {
        deps.metrics.startLagSeconds.observe(Math.max(0, performance.now() - dueAt) / 1000)
        entry.finished = check(probe, run).finally(() => held.delete(key))
      },
      Math.ceil(Math.max(dueAt, nowMs) / START_TOGETHER_MS) * START_TOGETHER_MS - nowMs,
    ),
  }
  held.set(key, entry)
}

/** A row that cannot be read as a check is set aside; the others run. */
async function readRun(deps: Deps, row: ClaimedRow): Promise<ClaimedRun | null> {
  try {
    const request = toCheckRequest(row, deps.keyring)
    const schedule = { monitorId: row.id, intervalSeconds: row.intervalSeconds }
    return { ...row, ...currentRun(schedule, row, row.nowMs), monitorId: row.id, request }
  } catch (error) {
    await setAside(deps, row.id, 'its settings cannot be read', error)
    return null
  }
}

async function check({ deps, checker, recorder }: LocalProbe, run: ClaimedRun): Promise<void> {
  const checkedAt = deps.clock.now()
  const finding: Finding = await checker.run(run.request)
  failpoint('after-probe')
  recorder.add(run.workspaceId, {
    ...finding,
    monitorId: run.monitorId,
    region: run.region,
    scheduledAt: run.slotAt,
    attempt: run.attempt,
    checkedAt,
    fence: run.fence,
  })
}

async function letGo({ deps, held }: LocalProbe): Promise<void> {
  const runs = [...held.values()]
  for (const { timer } of runs) clearTimeout(timer)
  const underWay = runs.flatMap(({ finished }) => finished ?? [])
  await Promise.race([Promise.all(underWay), drainTime()])
  const unfinished = runs.filter(
    ({ finished, run }) => !finished || held.has(`${run.monitorId}:${run.fence}`),
  )
  if (unfinished.length > 0)
    await releaseRuns(
      deps.database.pool,
      unfinished.map(({ run }) => run),
    )
}

function drainTime(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, DRAIN_MS).unref()
  return promise
}
