import { invariant } from './invariant.ts'
import {
  blankView,
  freshUntil,
  lapse,
  lostSight,
  observe,
  type Observation,
  type RegionPolicy,
  type RegionView,
} from './view.ts'
import type { VoteChange } from './vote.ts'

/** A result that comes later than this after its run is kept and decides nothing. */
export const LATENESS_BOUND_MS = 15 * 60_000

/** One region's running decision on one monitor; survives JSON. */
export type RegionTrack = {
  /** Nothing that ran before this instant is folded. */
  from: number
  view: RegionView
  /** Older than the lateness bound: a refold starts from it and reads the checks stored after its place. */
  base: RegionView
  /** Becomes the base once it is older than the bound itself. */
  nextBase: RegionView
  /** The change in force at the base, then every later one, oldest first. */
  changes: VoteChange[]
  /** The vote lapsed and no check came since. Not folded: a check still on its way may undo it. */
  silence: VoteChange | null
}

/** NEXT folds at once, WITHIN needs a refold, BEYOND can no longer be folded: it is kept as late. */
export type Place = 'NEXT' | 'WITHIN' | 'BEYOND'

/** A region that has said nothing yet. Silence counts from `fromMs`. */
export function newTrack(fromMs: number): RegionTrack {
  const view = blankView(fromMs)
  const pending: VoteChange = {
    vote: 'PENDING',
    at: fromMs,
    since: fromMs,
    reason: 'no check yet',
    cause: null,
  }
  return { from: fromMs, view, base: view, nextBase: view, changes: [pending], silence: null }
}

/**
 * Whether a result received at `receivedAtMs` is past the bound: exactly on it still counts. Its slot
 * does not: a run that makes up for slots slept through is as fresh as any.
 */
export function isLate(run: { at: number }, receivedAtMs: number): boolean {
  return receivedAtMs - run.at > LATENESS_BOUND_MS
}

/** Where a check not yet folded belongs. */
export function placeOf(track: RegionTrack, observation: Observation): Place {
  if (observation.at < track.from || !isAfter(observation, track.base)) return 'BEYOND'
  return isAfter(observation, track.view) ? 'NEXT' : 'WITHIN'
}

/** Folds a check that is NEXT. */
export function foldObservation(
  track: RegionTrack,
  observation: Observation,
  policy: RegionPolicy,
): RegionTrack {
  const { view, changes: news } = observe(track.view, observation, policy)
  const changes = news.length > 0 ? [...track.changes, ...news] : track.changes
  const next = { ...track, view, changes, silence: null }
  return isAged(track.nextBase, view) ? moveBase(next, track.view) : next
}

/**
 * Whether `after` says the same as `before` but for the last check's place, which was a telling one: the
 * steady state, in which a track need not be stored anew.
 */
export function isCalm(before: RegionTrack, after: RegionTrack): boolean {
  const { view: was } = before
  const { view } = after
  return (
    before.from === after.from &&
    before.base === after.base &&
    before.nextBase === after.nextBase &&
    before.changes === after.changes &&
    before.silence === after.silence &&
    view.freshFrom === view.at &&
    view.vote === was.vote &&
    view.reach === was.reach &&
    view.isSlow === was.isSlow &&
    [view.reachStreak, view.paceStreak, view.unknownStreak].every((streak) => streak === null) &&
    [was.reachStreak, was.paceStreak, was.unknownStreak].every((streak) => streak === null)
  )
}

/** The track as it stands after a telling check that changed nothing but the last check's place. */
export function advanceTrack(
  track: RegionTrack,
  last: { slotAt: number; attempt: number; at: number },
): RegionTrack {
  if (!isAfter(last, track.view)) return track
  return { ...track, view: { ...track.view, ...last, freshFrom: last.at } }
}

/** Folds again from the base, over all checks stored after its place that decide something, in any order. */
export function refoldTrack(
  track: RegionTrack,
  stored: Observation[],
  policy: RegionPolicy,
): RegionTrack {
  const start: RegionTrack = {
    ...track,
    view: track.base,
    nextBase: track.base,
    changes: track.changes.slice(0, 1),
    silence: null,
  }
  return stored
    .filter((observation) => placeOf(start, observation) === 'NEXT')
    .toSorted((a, b) => a.slotAt - b.slotAt || a.attempt - b.attempt)
    .reduce((folded, observation) => foldObservation(folded, observation, policy), start)
}

/** Notes that the vote has lapsed by `nowMs`; the same track if it has not, or is UNKNOWN already. */
export function silenceTrack(track: RegionTrack, nowMs: number, policy: RegionPolicy): RegionTrack {
  const silence = lapse(track.view, nowMs, policy).changes[0]
  return silence && !track.silence ? { ...track, silence } : track
}

/** From when `silenceTrack` has something to say, epoch milliseconds; null while the vote is UNKNOWN. */
export function silenceDueAt(track: RegionTrack, policy: RegionPolicy): number | null {
  if (track.silence || track.view.vote === 'UNKNOWN') return null
  return freshUntil(track.view, policy) + 1
}

/** All changes known, the silence included; the first one is in force before the others. */
export function voteChanges(track: RegionTrack): VoteChange[] {
  return track.silence ? [...track.changes, track.silence] : track.changes
}

/** The vote now. */
export function currentVote(track: RegionTrack): VoteChange {
  const change = voteChanges(track).at(-1)
  invariant(change, 'a track always holds the change in force')
  return change
}

/** The instant from which two tracks of one region tell different stories; null if they tell the same. */
export function firstDifferenceAt(before: RegionTrack, after: RegionTrack): number | null {
  const [old, now] = [voteChanges(before), voteChanges(after)]
  // Either may have forgotten changes that the other still holds.
  const knownFrom = Math.max(old[0]?.at ?? 0, now[0]?.at ?? 0)
  const [a, b] = [old, now].map((changes) => changes.filter(isInForceFrom(knownFrom)))
  invariant(a && b, 'two lists in, two lists out')
  const index = a.findIndex((change, i) => !isSame(change, b[i]))
  if (index >= 0) return Math.min(a[index]?.at ?? Infinity, b[index]?.at ?? Infinity)
  return b[a.length]?.at ?? null
}

/** Of several changes in one millisecond, a first check at the very beginning, only the last was ever in force. */
function isInForceFrom(fromMs: number) {
  return ({ at }: VoteChange, index: number, changes: VoteChange[]) =>
    at > fromMs || (at === fromMs && changes[index + 1]?.at !== at)
}

/**
 * The streak contradicts the verdict on reachability, or the target could not be told of: look again
 * soon. Never for slowness.
 */
export function inSuspense({ view }: Pick<RegionTrack, 'view'>): boolean {
  if (view.unknownStreak) return view.vote !== 'UNKNOWN'
  return view.reachStreak !== null && view.reachStreak.of !== view.reach
}

/**
 * Closes the story before `atMs`: nothing that ran earlier is folded or refolded again. Verdicts and
 * streaks carry over, and the vote is fresh anew; note its silence first if it had already lapsed.
 */
export function rebaseTrack(track: RegionTrack, atMs: number): RegionTrack {
  const last = currentVote(track)
  const view: RegionView = {
    ...(track.silence ? lostSight(track.view) : track.view),
    at: Math.max(track.view.at, last.at, atMs - 1),
    freshFrom: Math.max(track.view.freshFrom, atMs),
  }
  return { from: atMs, view, base: view, nextBase: view, changes: [last], silence: null }
}

function isAfter(a: { slotAt: number; attempt: number }, b: { slotAt: number; attempt: number }) {
  return a.slotAt > b.slotAt || (a.slotAt === b.slotAt && a.attempt > b.attempt)
}

function isAged(base: RegionView, view: RegionView): boolean {
  return base.slotAt < view.slotAt - LATENESS_BOUND_MS
}

function moveBase(track: RegionTrack, nextBase: RegionView): RegionTrack {
  const base = track.nextBase
  const inForce = track.changes.findLastIndex((change) => change.at <= base.at)
  return { ...track, base, nextBase, changes: track.changes.slice(Math.max(inForce, 0)) }
}

function isSame(a: VoteChange, b: VoteChange | undefined): boolean {
  return (
    b !== undefined &&
    a.vote === b.vote &&
    a.at === b.at &&
    a.since === b.since &&
    a.reason === b.reason &&
    a.cause === b.cause
  )
}
