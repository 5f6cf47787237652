import type { VoteChange } from '../../core/vote.ts'
import {
  judgeMonitor,
  type CastVote,
  type ConsensusPolicy,
  type JudgedStatus,
  type Verdict,
} from './consensus.ts'

export type Status = JudgedStatus | 'MAINTENANCE' | 'PAUSED'

/** A change of status: it holds from `at`, and was decided by what was known at `decidedAt`. */
export type Transition = {
  from: Status
  to: Status
  at: number
  decidedAt: number
  votes: CastVote[]
  policy: ConsensusPolicy
  reason: string
  cause: string | null
}

/** One assigned region's vote changes (core/region.ts `voteChanges`), oldest first. */
export type RegionChanges = { region: string; changes: VoteChange[] }

export type Story = {
  /** The status decided before `fromMs`, and from when it holds. */
  start: { status: Status; at: number }
  tracks: RegionChanges[]
  policy: ConsensusPolicy
  /** Transitions decided from this instant on are derived; what came before stands. */
  fromMs: number
}

/**
 * The transitions that the regions' votes make, in the order in which they could be known. Each holds from
 * after the one that precedes it: by its instant an incident knows the transition that opened it.
 */
export function deriveTransitions({ start, tracks, policy, fromMs }: Story): Transition[] {
  const transitions: Transition[] = []
  let current = start
  for (const { decidedAt, earliestAt, votes } of sweep(tracks, fromMs)) {
    const { status: to, since, reason, cause } = judgeMonitor(votes, policy)
    // A region that has not voted yet never takes a status back.
    if (to === current.status || to === 'PENDING') continue
    const afterLast = current.status === 'PENDING' ? current.at : current.at + 1
    const at = Math.max(since, earliestAt, afterLast)
    transitions.push({ from: current.status, to, at, decidedAt, votes, policy, reason, cause })
    current = { status: to, at }
  }
  return transitions
}

/** What has to change for the stored transitions to tell the derived story: all after the longest common beginning. */
export function reviseTransitions<Stored extends Pick<Transition, 'to' | 'at' | 'decidedAt'>>(
  stored: Stored[],
  derived: Transition[],
): { superseded: Stored[]; added: Transition[] } {
  const differs = (transition: Stored, index: number) =>
    !isSameTransition(transition, derived[index])
  const firstDifference = stored.findIndex(differs)
  const kept = firstDifference < 0 ? stored.length : firstDifference
  return { superseded: stored.slice(kept), added: derived.slice(kept) }
}

/** Judges a transition again from nothing but what is stored with it. */
export function recompute(transition: Pick<Transition, 'votes' | 'policy'>): Verdict {
  return judgeMonitor(transition.votes, transition.policy)
}

type Moment = { decidedAt: number; earliestAt: number; votes: CastVote[] }

/**
 * The votes at every instant at which one changed. First as they were on entering the story: another
 * policy may judge those otherwise, but only from here on.
 */
function sweep(tracks: RegionChanges[], fromMs: number): Moment[] {
  const instants = new Set(tracks.flatMap(({ changes }) => changes.map(({ at }) => at)))
  const entering = votesAt((at) => at < fromMs, tracks)
  const later = [...instants].filter((at) => at >= fromMs).toSorted((a, b) => a - b)
  return [
    { decidedAt: fromMs, earliestAt: fromMs, votes: entering },
    ...later.map((instant) => ({
      decidedAt: instant,
      earliestAt: -Infinity,
      votes: votesAt((at) => at <= instant, tracks),
    })),
  ]
}

/** A region's first known change is in force until its second. */
function votesAt(isPast: (at: number) => boolean, tracks: RegionChanges[]): CastVote[] {
  return tracks.flatMap(({ region, changes }) => {
    const inForce = changes.findLast(({ at }) => isPast(at)) ?? changes[0]
    return inForce ? [{ region, ...inForce }] : []
  })
}

function isSameTransition(
  stored: Pick<Transition, 'to' | 'at' | 'decidedAt'>,
  derived: Transition | undefined,
): boolean {
  return (
    derived !== undefined &&
    stored.to === derived.to &&
    stored.at === derived.at &&
    stored.decidedAt === derived.decidedAt
  )
}
