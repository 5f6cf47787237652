import type { CheckKind } from '../../core/check.ts'
import type { ProbeAssignment, Receipt, SyncRequest } from '../../core/probe-protocol.ts'
import type { GuardedChecker } from '../health.ts'
import type { ServerClock } from './clock.ts'
import type { Log } from './log.ts'
import type { Batch, Spool } from './spool.ts'
import { sync, type SyncKey, type SyncOutcome } from './sync.ts'
import { AGENT_VERSION } from './version.ts'

/** Who reports: by which key, what waits, and what is to be told of this probe itself. */
export type Reporter = {
  key: SyncKey
  clock: ServerClock
  spool: Spool
  log: Log
  capabilities: CheckKind[]
  health: Pick<GuardedChecker, 'unhealthySince' | 'look'>
  /** The last sync failed: whether that was our network is not told with the next one, but after it. */
  isAway: boolean
  /** Of the assignments held; null before there are any. */
  version: string | null
  /** Called with all of the assignments whenever one has changed. */
  take(assignments: ProbeAssignment[]): void
}

/** Tells the server the oldest results of the spool, and forgets them once it has receipted them. */
export async function report(reporter: Reporter, signal: AbortSignal): Promise<SyncOutcome> {
  const batch = reporter.spool.next()
  const request = requestOf(reporter, batch)
  const outcome = await sync(reporter.key, reporter.clock, request, signal)
  if (!outcome.ok) return outcome
  const { receipts, assignments } = outcome.answer
  if (batch) {
    reporter.spool.forget(batch)
    tellRefused(reporter.log, batch, receipts)
  }
  if (assignments) {
    reporter.version = assignments.version
    reporter.log.info('the assignments have changed', { monitors: assignments.items.length })
    reporter.take(assignments.items)
  }
  return outcome
}

/** Until nothing waits, or something fails. */
export async function reportAll(reporter: Reporter, signal: AbortSignal): Promise<SyncOutcome> {
  let outcome: SyncOutcome
  do {
    outcome = await report(reporter, signal)
  } while (outcome.ok && reporter.spool.bytes() > 0)
  return outcome
}

function requestOf(reporter: Reporter, batch: Batch | null): SyncRequest {
  return {
    version: AGENT_VERSION,
    capabilities: reporter.capabilities,
    colo: null,
    shard: null,
    assignmentsVersion: reporter.version,
    sentAt: Date.now(),
    unhealthySince: reporter.isAway ? null : (reporter.health.unhealthySince() ?? null),
    results: batch?.results ?? [],
  }
}

/** Nothing can be done about them: told once a batch, with the first reason. */
function tellRefused(log: Log, { results }: Batch, receipts: Receipt[]): void {
  const refused = receipts.flatMap((receipt, index) =>
    receipt.status === 'REFUSED'
      ? { monitorId: results[index]?.monitorId, reason: receipt.reason }
      : [],
  )
  if (refused.length > 0) log.warn('results were refused', { count: refused.length, ...refused[0] })
}
