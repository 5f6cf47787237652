import {
  firstDifferenceAt,
  isCalm,
  silenceDueAt,
  silenceTrack,
  type RegionTrack,
} from '../../core/region.ts'
import { freshForMs } from '../../core/vote.ts'
import type { Deps } from '../deps.ts'
import { turnMonitors, type ChangedVote } from '../monitors/turning.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { settleRuns } from '../probes/store.ts'
import {
  foldResults,
  planNext,
  refoldVote,
  voteKey,
  type FoldedVote,
  type LockedVote,
  type ReportedResult,
} from './batch.ts'
import {
  insertChecks,
  lockSilentVotes,
  lockVotes,
  moveSilenceChecks,
  readObservations,
  saveVotes,
} from './store.ts'

const SILENT_MOST = 500

/**
 * Takes in a batch of results, all or nothing:
 * 1. lock the votes concerned and fold the results into them,
 * 2. write the checks, and fold again where some came out of order,
 * 3. save the votes, and let those that changed turn their monitors,
 * 4. plan each monitor's next run.
 */
export async function recordResults(
  deps: Pick<Deps, 'database' | 'metrics'>,
  results: ReportedResult[],
): Promise<void> {
  const endTimer = deps.metrics.decisionSeconds.startTimer()
  await inTransaction(deps.database, async (tx) => {
    const votes = await lockVotes(tx, distinct(results))
    const folded = await writeChecks(tx, foldResults(votes, results))
    if (folded.length === 0) return
    await saveVotes(tx, folded.map(voteUpdate))
    await turnMonitors(
      tx,
      folded.flatMap(({ before, track }) => changedVote(before, track)),
    )
    await settleRuns(
      tx,
      folded.flatMap((vote) => planNext(vote) ?? []),
    )
    failpoint('in-decision-transaction')
  })
  failpoint('after-decision-commit')
  endTimer()
  for (const { outcome } of results) deps.metrics.checksTotal.inc({ outcome })
}

/** Notices regions that have gone silent. The vote of one that has spoken since is left, to be looked at later. */
export async function silenceVotes(deps: Pick<Deps, 'database'>): Promise<void> {
  let looked: number
  do {
    looked = await inTransaction(deps.database, (tx) => silenceSome(tx))
  } while (looked === SILENT_MOST)
}

async function silenceSome(tx: Transaction): Promise<number> {
  const votes = await lockSilentVotes(tx, SILENT_MOST)
  if (votes.length === 0) return 0
  const looked = votes.map((vote) => ({
    vote,
    track: silenceTrack(vote.track, vote.nowMs, vote.policy),
  }))
  const silenced = looked.filter(({ vote, track }) => track !== vote.track)
  await moveSilenceChecks(
    tx,
    looked.map(({ vote, track }) => ({
      ...vote,
      silenceCheckAt: silenceDueAt(track, vote.policy),
    })),
  )
  await saveVotes(
    tx,
    silenced.map(({ vote, track }) => ({ ...vote, track, silenceCheckAt: null, last: null })),
  )
  await turnMonitors(
    tx,
    silenced.flatMap(({ vote, track }) => changedVote(vote, track)),
  )
  return votes.length
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

function changedVote(before: LockedVote, track: RegionTrack): ChangedVote[] {
  const fromMs = firstDifferenceAt(before.track, track)
  return fromMs === null ? [] : [{ monitorId: before.monitorId, fromMs, nowMs: before.nowMs }]
}

function distinct(results: ReportedResult[]): ReportedResult[] {
  return [...new Map(results.map((result) => [voteKey(result), result])).values()]
}
