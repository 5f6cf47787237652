import { isCalm } from '../../core/region.ts'
import { freshForMs } from '../../core/vote.ts'
import type { Deps } from '../deps.ts'
import { noteSightings } from '../incidents/certificates/deeds.ts'
import { suspectParents } from '../monitors/dependencies/deeds.ts'
import { followVotes } from '../monitors/transitions/deeds.ts'
import { lockVotes, saveVotes } from '../monitors/votes/store.ts'
import { changedVote, type ChangedVote } from '../monitors/votes/vote.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { settleRuns } from '../probes/store.ts'
import {
  type FoldedVote,
  foldResults,
  isFailing,
  planNext,
  refoldVote,
  type ReportedResult,
  sightingOf,
  voteKey,
} from './batch.ts'
import { insertChecks, readObservations } from './store.ts'

/** Takes in a batch of results, all or nothing. */
export async function recordResults(
  deps: Pick<Deps, 'database' | 'metrics'>,
  results: ReportedResult[],
): Promise<void> {
  const endTimer = deps.metrics.decisionSeconds.startTimer()
  await inTransaction(deps.database, (tx) => decide(tx, results))
  failpoint('after-decision-commit')
  endTimer()
  for (const { outcome } of results) deps.metrics.checksTotal.inc({ outcome })
}

/**
 * Takes in results beside whatever else the transaction does. It must hold none but votes locked:
 * 1. lock the votes concerned and fold the results into them,
 * 2. write the checks, and fold again where some came out of order,
 * 3. save the votes, note what was seen of certificates, and let the monitors follow votes that changed,
 * 4. plan each monitor's next run, and sooner that of what a failing one depends on.
 */
export async function decide(tx: Transaction, results: ReportedResult[]): Promise<void> {
  const votes = await lockVotes(tx, distinct(results))
  const folded = await writeChecks(tx, foldResults(votes, results))
  if (folded.length === 0) return
  await saveVotes(tx, folded.map(voteUpdate))
  const changed = folded.flatMap(({ before, track }) => changedVote(before, track))
  await noteCertificates(tx, folded, changed)
  await followVotes(tx, changed)
  await settleRuns(
    tx,
    folded.flatMap((vote) => planNext(vote) ?? []),
  )
  const failing = folded.filter(isFailing).map(({ before }) => before.monitorId)
  await suspectParents(tx, failing, folded[0]!.before.nowMs)
  const monitorIds = [...new Set(folded.map(({ before }) => before.monitorId))]
  tx.onceCommitted(({ bus }) => bus.publish('checks', monitorIds))
  failpoint('in-decision-transaction')
}

async function writeChecks(tx: Transaction, folded: FoldedVote[]): Promise<FoldedVote[]> {
  const fresh = folded.flatMap((vote) => vote.fresh)
  if (fresh.length > 0) await insertChecks(tx, fresh)
  const stragglers = folded.flatMap((vote) => vote.stragglers)
  if (stragglers.length === 0) return folded
  const newcomers = await insertChecks(tx, stragglers)
  return newcomers > 0 ? refoldSome(tx, folded) : folded
}

async function refoldSome(tx: Transaction, folded: FoldedVote[]): Promise<FoldedVote[]> {
  const disordered = folded.filter((vote) => vote.stragglers.some((check) => !check.isLate))
  if (disordered.length === 0) return folded
  const stored = await readObservations(
    tx,
    disordered.map(({ before, track }) => ({ ...before, fromSlotAt: track.base.slotAt })),
  )
  const byVote = Map.groupBy(stored, voteKey)
  return folded.map((vote) =>
    disordered.includes(vote) ? refoldVote(vote, byVote.get(voteKey(vote.before)) ?? []) : vote,
  )
}

function voteUpdate({ before, track, fresh }: FoldedVote) {
  const { intervalSeconds, timeoutMs } = before.policy
  const last = fresh.at(-1) ?? null
  return {
    ...before,
    track: isCalm(before.track, track) && last?.checkedAt === track.view.at ? null : track,
    silenceCheckAt: before.nowMs + freshForMs(intervalSeconds, timeoutMs),
    last,
  }
}

async function noteCertificates(
  tx: Transaction,
  folded: FoldedVote[],
  changed: ChangedVote[],
): Promise<void> {
  const sightings = folded.flatMap((vote) => sightingOf(vote) ?? [])
  const turning = changed.map(({ monitorId }) => monitorId)
  await noteSightings(tx, sightings, turning, folded[0]!.before.nowMs)
}

function distinct(results: ReportedResult[]): ReportedResult[] {
  return [...new Map(results.map((result) => [voteKey(result), result])).values()]
}
