import { setTimeout as delay } from 'node:timers/promises'
import { backOffMs } from '../../core/back-off.ts'
import type { Log } from './log.ts'
import { report, reportAll, type Reporter } from './report.ts'
import type { SyncFailure, SyncOutcome } from './sync.ts'

const EVERY_MS = 10_000
/** However much turns, the server is asked no more often. */
const PAUSE_MS = 250
/** What is left to tell at a stop gets this long. */
const FAREWELL_MS = 3_000

/** Reports for as long as the program runs. */
export type Reports = {
  /** Something turned: the server should hear of it before its time. */
  soon(): void
  stop(): Promise<void>
}

export function startReports(reporter: Reporter): Reports {
  const stopping = new AbortController()
  const { signal } = stopping
  let wanted = new AbortController()
  let trouble: Trouble | null = null

  const run = async () => {
    while (!signal.aborted) {
      wanted = new AbortController()
      const outcome = await report(reporter, signal)
      if (signal.aborted) return
      trouble = noteOutcome(reporter.log, trouble, outcome)
      if (reporter.isAway && !trouble) await reporter.health.look()
      reporter.isAway = trouble !== null
      await rest(trouble ? waitMs(trouble) : PAUSE_MS, [signal])
      if (trouble || reporter.spool.isBehind()) continue
      await rest(EVERY_MS - PAUSE_MS, [signal, wanted.signal])
    }
  }
  const running = run()
  return {
    soon: () => wanted.abort(),
    async stop() {
      stopping.abort()
      await running
      // Nobody waits for a Pharos that is away: what it was not told is on disk.
      if (trouble || !isWaiting(reporter)) return
      const outcome = await reportAll(reporter, AbortSignal.timeout(FAREWELL_MS))
      noteOutcome(reporter.log, trouble, outcome)
    },
  }
}

function isWaiting({ spool }: Reporter): boolean {
  return spool.bytes() > 0 || spool.isBehind()
}

/** Failures in a row, and the last of them. */
type Trouble = { failures: number; last: SyncFailure }

/** Tells what is new: the first failure, one of another kind, and their end. */
function noteOutcome(log: Log, before: Trouble | null, outcome: SyncOutcome): Trouble | null {
  if (outcome.ok) {
    if (before) log.info('Pharos answers again', { failures: before.failures })
    return null
  }
  const { why, message } = outcome
  const level = why === 'UNREACHABLE' || why === 'BUSY' ? 'warn' : 'error'
  if (before?.last.why !== why) log[level](`${message}. Results are kept, trying again`, { why })
  return { failures: (before?.failures ?? 0) + 1, last: outcome }
}

function waitMs({ failures, last }: Trouble): number {
  return Math.max(last.retryAfterMs ?? 0, backOffMs(failures, Math.random()))
}

async function rest(ms: number, cutShortBy: AbortSignal[]): Promise<void> {
  await delay(ms, undefined, { signal: AbortSignal.any(cutShortBy) }).catch(() => {})
}
