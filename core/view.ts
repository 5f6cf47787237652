import type { Outcome } from './check.ts'
import { extend, instant, tell, type Streak } from './streak.ts'
import { changeOf } from './vote-change.ts'
import { freshForMs, type Vote, type VoteChange } from './vote.ts'

/** The part of a monitor's policy by which one region judges it. Equality with the latency threshold is not slow. */
export type RegionPolicy = {
  failureThreshold: number
  recoveryThreshold: number
  latencyThresholdMs: number | null
  slowThreshold: number
  normalThreshold: number
  intervalSeconds: number
  timeoutMs: number
}

/** One check as the decision sees it: `at` is when it ran, `cause` what went wrong in words. */
export type Observation = {
  slotAt: number
  attempt: number
  at: number
  /** From when what it found holds, where that is not `at`: a run that was missed was awaited earlier. */
  since?: number
  outcome: Outcome
  latencyMs: number | null
  cause: string | null
}

/** What a region's checks say so far. Being reachable and being slow are judged apart, and each keeps its verdict through silence. */
export type RegionView = {
  /** The last check folded: its place, and its instant. */
  slotAt: number
  attempt: number
  at: number
  /** The vote is fresh from here: the last check that told something of the target. */
  freshFrom: number
  vote: Vote
  reach: 'UP' | 'DOWN' | null
  isSlow: boolean
  reachStreak: Streak<'UP' | 'DOWN'> | null
  paceStreak: Streak<'SLOW' | 'NORMAL'> | null
  unknownStreak: (Streak<'UNKNOWN'> & { cause: string | null }) | null
}

const UNTELLING = [
  'check that says nothing about the target',
  'checks that say nothing about the target',
] as const

/** A view and the vote changes that led to it, oldest first. */
export type Sight = { view: RegionView; changes: VoteChange[] }

/** The view before any check, in a story that begins at `fromMs`. */
export function blankView(fromMs: number): RegionView {
  return {
    slotAt: -1,
    attempt: -1,
    at: fromMs - 1,
    freshFrom: fromMs,
    vote: 'PENDING',
    reach: null,
    isSlow: false,
    reachStreak: null,
    paceStreak: null,
    unknownStreak: null,
  }
}

/** Folds the next check into the view: first the silence before it, then what it tells. */
export function observe(view: RegionView, observation: Observation, policy: RegionPolicy): Sight {
  // Checks are dated in the order of their places even where a probe's clock steps back.
  const check = { ...observation, at: Math.max(observation.at, view.at + 1) }
  const before = lapse(view, check.at, policy)
  const placed = { ...before.view, slotAt: check.slotAt, attempt: check.attempt, at: check.at }
  const after =
    check.outcome === 'UNKNOWN'
      ? learnNothing(placed, check, policy)
      : learn(placed, check, check.outcome, policy)
  return { view: after.view, changes: [...before.changes, ...after.changes] }
}

/** Until when the vote is fresh if no further check comes, epoch milliseconds. */
export function freshUntil(view: RegionView, policy: RegionPolicy): number {
  return view.freshFrom + freshForMs(policy.intervalSeconds, policy.timeoutMs)
}

/** The vote becomes UNKNOWN at the end of its freshness, if that lies before `atMs`. */
export function lapse(view: RegionView, atMs: number, policy: RegionPolicy): Sight {
  const endAt = freshUntil(view, policy)
  if (atMs <= endAt) return { view, changes: [] }
  if (view.vote === 'UNKNOWN') return { view: lostSight(view), changes: [] }
  const freshSeconds = freshForMs(policy.intervalSeconds, policy.timeoutMs) / 1000
  const unknown: VoteChange = {
    vote: 'UNKNOWN',
    at: endAt,
    since: endAt,
    reason: `no telling check since ${instant(view.freshFrom)}, a vote is fresh for ${freshSeconds} s`,
    cause: view.unknownStreak?.cause ?? null,
  }
  return { view: lostSight(view), changes: [unknown] }
}

/** A streak that nobody watched to its end proves nothing: it starts anew. The verdicts reached are kept. */
export function lostSight(view: RegionView): RegionView {
  return { ...view, vote: 'UNKNOWN', reachStreak: null, paceStreak: null }
}

/** An UNKNOWN check neither advances nor breaks the other streaks, nor keeps the vote fresh. */
function learnNothing(view: RegionView, check: Observation, policy: RegionPolicy): Sight {
  const streak = { ...extend(view.unknownStreak, 'UNKNOWN', check.at), cause: check.cause }
  const next = { ...view, unknownStreak: streak }
  const isConfirmed = streak.count >= policy.failureThreshold
  if (view.vote === 'UNKNOWN' || !isConfirmed) return { view: next, changes: [] }
  const unknown: VoteChange = {
    vote: 'UNKNOWN',
    at: check.at,
    since: streak.since,
    reason: tell(streak, ...UNTELLING, policy.failureThreshold),
    cause: check.cause,
  }
  return { view: lostSight(next), changes: [unknown] }
}

function learn(
  view: RegionView,
  check: Observation,
  outcome: 'UP' | 'DOWN',
  policy: RegionPolicy,
): Sight {
  const reachStreak = extend(view.reachStreak, outcome, Math.min(check.since ?? check.at, check.at))
  const isDecided = reachStreak.count >= reachThreshold(view, outcome, policy)
  const pace = judgePace(view, check, outcome, policy)
  const reach = isDecided ? outcome : view.reach
  const next: RegionView = {
    ...view,
    ...pace,
    freshFrom: check.at,
    reach,
    reachStreak,
    unknownStreak: null,
    // A check that contradicts the verdict does not move the vote before its streak is confirmed.
    vote: outcome === reach ? voteOf(outcome, pace.isSlow) : view.vote,
  }
  const changes = next.vote === view.vote ? [] : [changeOf(view, next, check, policy)]
  return { view: settled(next), changes }
}

/** A streak that agrees with the verdict has nothing left to prove: forgotten, so that calm leaves a view as it is. */
function settled(view: RegionView): RegionView {
  const { reach, isSlow, reachStreak, paceStreak } = view
  return {
    ...view,
    reachStreak: reachStreak?.of === reach ? null : reachStreak,
    paceStreak: paceStreak?.of === (isSlow ? 'SLOW' : 'NORMAL') ? null : paceStreak,
  }
}

/** The first success of all is believed at once, and so is a check that agrees with the verdict. */
function reachThreshold(view: RegionView, outcome: 'UP' | 'DOWN', policy: RegionPolicy): number {
  if (outcome === view.reach) return 1
  if (outcome === 'DOWN') return policy.failureThreshold
  return view.reach === null ? 1 : policy.recoveryThreshold
}

/** A failed check breaks the streak of slow or normal ones and leaves the verdict as it is. */
function judgePace(
  view: RegionView,
  check: Observation,
  outcome: 'UP' | 'DOWN',
  policy: RegionPolicy,
): Pick<RegionView, 'isSlow' | 'paceStreak'> {
  if (policy.latencyThresholdMs === null) return { isSlow: false, paceStreak: null }
  if (outcome === 'DOWN') return { isSlow: view.isSlow, paceStreak: null }
  if (check.latencyMs === null) return { isSlow: view.isSlow, paceStreak: view.paceStreak }
  // Kept as a 4-byte real, so that a refold over stored checks sees what the first fold saw.
  const of = Math.fround(check.latencyMs) > policy.latencyThresholdMs ? 'SLOW' : 'NORMAL'
  const paceStreak = extend(view.paceStreak, of, check.at)
  const threshold = of === 'SLOW' ? policy.slowThreshold : policy.normalThreshold
  return { isSlow: paceStreak.count >= threshold ? of === 'SLOW' : view.isSlow, paceStreak }
}

function voteOf(reach: 'UP' | 'DOWN', isSlow: boolean): Vote {
  if (reach === 'DOWN') return 'DOWN'
  return isSlow ? 'SLOW' : 'UP'
}
