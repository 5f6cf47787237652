import type { CheckResult } from '../../core/check.ts'
import {
  foldObservation,
  inSuspense,
  isLate,
  placeOf,
  refoldTrack,
  type RegionTrack,
  silenceTrack,
} from '../../core/region.ts'
import { nextRun } from '../../core/slot.ts'
import type { Observation } from '../../core/view.ts'
import type { Sighting } from '../incidents/certificates/sighting.ts'
import type { LockedVote, VoteKey } from '../monitors/votes/vote.ts'
import type { NextRun } from '../probes/assignment.ts'

/** A result and the lease it was run under; null from a probe that plans its own runs. */
export type ReportedResult = CheckResult & { fence: string | null }

/** A result as it is kept: flagged when it came too late to decide anything. */
export type CheckRow = CheckResult & { workspaceId: string; isLate: boolean }

/** What a batch makes of one vote. */
export type FoldedVote = {
  before: LockedVote
  track: RegionTrack
  /** In order, new by their place: written without asking whether they are there already. */
  fresh: CheckRow[]
  /** Out of order or too late: may be repeats, and ask for a refold if they are not. */
  stragglers: CheckRow[]
  /** The lease this batch settles. */
  settled: { slotAt: number; attempt: number; fence: string } | null
}

/** Folds each vote's results in the order of their runs. Results of lost leases and unknown monitors are left out. */
export function foldResults(votes: LockedVote[], results: ReportedResult[]): FoldedVote[] {
  const byVote = Map.groupBy(results, voteKey)
  return votes.flatMap((vote) => {
    const reported = byVote.get(voteKey(vote))?.filter((result) => isHeld(result, vote)) ?? []
    return reported.length > 0 ? [foldVote(vote, reported)] : []
  })
}

/** Takes in the stragglers that were news, over all stored checks since the track's base. */
export function refoldVote(folded: FoldedVote, stored: Observation[]): FoldedVote {
  const { before, track } = folded
  return { ...folded, track: asOfNow(before, refoldTrack(track, stored, before.policy)) }
}

/** When the monitor is to be looked at next in this region; null unless a lease was held. */
export function planNext({ before, track, settled }: FoldedVote): NextRun | null {
  if (!settled) return null
  const { monitorId, region, policy, nowMs } = before
  const schedule = { monitorId, intervalSeconds: policy.intervalSeconds }
  const next = nextRun(schedule, settled, inSuspense(track), nowMs)
  return { monitorId, region, fence: settled.fence, ...next }
}

/** It has just failed, and was not known to be down. */
export function isFailing({ before, fresh }: FoldedVote): boolean {
  return before.track.view.reach !== 'DOWN' && fresh.at(-1)?.outcome === 'DOWN'
}

/** The region saw another certificate than before; null in the steady state. */
export function sightingOf({ before, fresh }: FoldedVote): Sighting | null {
  const { monitorId, region, certificateExpiresAt: formerExpiresAt } = before
  const expiresAt = fresh.findLast(
    (check) => check.certificateExpiresAt !== null,
  )?.certificateExpiresAt
  if (expiresAt == null || expiresAt === formerExpiresAt) return null
  return { monitorId, region, expiresAt, formerExpiresAt }
}

export function voteKey(of: VoteKey): string {
  return `${of.monitorId} ${of.region}`
}

function isHeld(result: ReportedResult, vote: LockedVote): boolean {
  return result.fence === null || result.fence === vote.fence
}

function foldVote(before: LockedVote, results: ReportedResult[]): FoldedVote {
  const folded: FoldedVote = {
    before,
    track: before.track,
    fresh: [],
    stragglers: [],
    settled: null,
  }
  for (const result of results.toSorted(inRunOrder)) {
    place(folded, result)
    const { fence, scheduledAt: slotAt, attempt } = result
    if (fence !== null) folded.settled = { slotAt, attempt, fence }
  }
  return { ...folded, track: asOfNow(before, folded.track) }
}

/** What a late region found was its vote then. Now it has none, not even until somebody looks for silence. */
function asOfNow({ nowMs, policy }: LockedVote, track: RegionTrack): RegionTrack {
  return silenceTrack(track, nowMs, policy)
}

function place(folded: FoldedVote, result: ReportedResult): void {
  const { before } = folded
  const observation = observationOf(result)
  const decides =
    !isLate(observation, before.nowMs) && placeOf(folded.track, observation) !== 'BEYOND'
  const row = { ...result, workspaceId: before.workspaceId, isLate: !decides }
  if (decides && placeOf(folded.track, observation) === 'NEXT') {
    folded.track = foldObservation(folded.track, observation, before.policy)
    folded.fresh.push(row)
  } else {
    folded.stragglers.push(row)
  }
}

function observationOf(result: CheckResult): Observation {
  const { scheduledAt: slotAt, attempt, checkedAt: at, outcome, latencyMs, message: cause } = result
  // Found out once its grace is over, but missed since the instant it was awaited.
  const since = result.errorKind === 'HEARTBEAT_MISSED' ? slotAt : at
  return { slotAt, attempt, at, since, outcome, latencyMs, cause }
}

function inRunOrder(a: CheckResult, b: CheckResult): number {
  return a.scheduledAt - b.scheduledAt || a.attempt - b.attempt
}
