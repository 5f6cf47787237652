import {
  firstDifferenceAt,
  isCalm,
  silenceDueAt,
  silenceTrack,
  type RegionTrack,
} from '../../core/region.ts'
import { freshForMs } from '../../core/vote.ts'
import type { Deps } from '../deps.ts'
import { noteSightings } from '../incidents/certificates/deeds.ts'
import { turnMonitors, type ChangedVote } from '../monitors/turning.ts'
import { inTransaction, isPassing, type Transaction } from '../platform/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { settleRuns } from '../probes/store.ts'
import {
  foldResults,
  planNext,
  refoldVote,
  sightingOf,
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
  putOffSilenceCheck,
  readObservations,
  saveVotes,
  type Key,
} from './store.ts'

const SILENT_MOST = 500

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
 * 3. save the votes, note what was seen of certificates, and let votes that changed turn their monitors,
 * 4. plan each monitor's next run.
 */
export async function decide(tx: Transaction, results: ReportedResult[]): Promise<void> {
  const votes = await lockVotes(tx, distinct(results))
  const folded = await writeChecks(tx, foldResults(votes, results))
  if (folded.length === 0) return
  await saveVotes(tx, folded.map(voteUpdate))
  const changed = folded.flatMap(({ before, track }) => changedVote(before, track))
  await noteCertificates(tx, folded, changed)
  await turnMonitors(tx, changed)
  await settleRuns(
    tx,
    folded.flatMap((vote) => planNext(vote) ?? []),
  )
  failpoint('in-decision-transaction')
}

/** A monitor whose stored votes or results spoil the work on those beside it. */
export type Spoiler = { monitorId: string; error: unknown }

/**
 * Notices regions that have gone silent. The vote of one that has spoken since is left, to be looked at
 * later. A batch that one vote spoils is done one by one, and who spoiled it is told.
 */
export async function silenceVotes(deps: Pick<Deps, 'database'>): Promise<Spoiler[]> {
  const spoilers: Spoiler[] = []
  for (let most = SILENT_MOST; ;) {
    const { keys, error } = await silenceSome(deps, most)
    if (!error && keys.length < most) return spoilers
    const [first] = keys
    if (!error || !first) continue
    if (keys.length === 1) spoilers.push(await putOff(deps, first, error))
    most = 1
  }
}

async function silenceSome(
  { database }: Pick<Deps, 'database'>,
  most: number,
): Promise<{ keys: Key[]; error: unknown }> {
  let keys: Key[] = []
  try {
    await inTransaction(database, async (tx) => {
      keys = await lockSilentVotes(tx, most)
      // Read once they are locked: until then a check may still be recorded.
      if (keys.length > 0) await noteSilence(tx, await lockVotes(tx, keys))
    })
    return { keys, error: null }
  } catch (error) {
    if (isPassing(error) || keys.length === 0) throw error
    return { keys, error }
  }
}

async function noteSilence(tx: Transaction, votes: LockedVote[]): Promise<void> {
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
}

async function putOff(
  { database }: Pick<Deps, 'database'>,
  key: Key,
  error: unknown,
): Promise<Spoiler> {
  await inTransaction(database, (tx) => putOffSilenceCheck(tx, key))
  return { monitorId: key.monitorId, error }
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

function changedVote(before: LockedVote, track: RegionTrack): ChangedVote[] {
  const fromMs = firstDifferenceAt(before.track, track)
  return fromMs === null ? [] : [{ monitorId: before.monitorId, fromMs, nowMs: before.nowMs }]
}

function distinct(results: ReportedResult[]): ReportedResult[] {
  return [...new Map(results.map((result) => [voteKey(result), result])).values()]
}
