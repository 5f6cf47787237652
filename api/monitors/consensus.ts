import type { Vote, VoteChange } from '../../core/vote.ts'

/** Two regions must be heard before two or more assigned ones decide anything. */
const MIN_FRESH = 2

const ANY_VOTE = ['UP', 'SLOW', 'DOWN', 'UNKNOWN'] as const satisfies Vote[]

/** What one region says, and since when. */
export type CastVote = VoteChange & { region: string }

/** `quorum` null is a strict majority of the fresh votes. */
export type ConsensusPolicy = { regionsAssigned: number; quorum: number | null }

export type JudgedStatus = 'PENDING' | 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN'

export type Verdict = { status: JudgedStatus; since: number; reason: string; cause: string | null }

type Tally = {
  fresh: CastVote[]
  down: CastVote[]
  slow: CastVote[]
  pending: CastVote[]
  needed: number
}

/** What the votes together say of a monitor, from when, and why. */
export function judgeMonitor(votes: CastVote[], policy: ConsensusPolicy): Verdict {
  const tally = count(votes, policy)
  const status = statusOf(tally, policy)
  return {
    status,
    since: heldSince(votes, policy, status),
    reason:
      policy.regionsAssigned === 1 && votes[0] ? votes[0].reason : reasonOf(status, tally, policy),
    cause: causeOf(status, votes, tally),
  }
}

/** Regions that fail without the monitor being down. */
export function advisories(votes: CastVote[], policy: ConsensusPolicy): CastVote[] {
  const tally = count(votes, policy)
  return statusOf(tally, policy) === 'DOWN' ? [] : tally.down
}

function count(votes: CastVote[], policy: ConsensusPolicy): Tally {
  const saying = (...said: Vote[]) => votes.filter(({ vote }) => said.includes(vote))
  const fresh = saying('UP', 'SLOW', 'DOWN')
  const majority = Math.floor(fresh.length / 2) + 1
  const needed = policy.quorum === null ? majority : Math.min(policy.quorum, policy.regionsAssigned)
  return { fresh, down: saying('DOWN'), slow: saying('SLOW'), pending: saying('PENDING'), needed }
}

function statusOf(
  { fresh, down, slow, pending, needed }: Tally,
  policy: ConsensusPolicy,
): JudgedStatus {
  const leastFresh = Math.min(MIN_FRESH, policy.regionsAssigned)
  if (fresh.length < leastFresh)
    return fresh.length + pending.length >= leastFresh ? 'PENDING' : 'UNKNOWN'
  if (down.length >= needed) return 'DOWN'
  // The quorum is out of reach, and those that can be heard do not say that all is well.
  if (fresh.length < needed && down.length > fresh.length / 2) return 'UNKNOWN'
  return slow.length >= needed ? 'DEGRADED' : 'UP'
}

/** The first instant at which the votes cast by then decided the status, whatever the later ones were saying. */
function heldSince(votes: CastVote[], policy: ConsensusPolicy, status: JudgedStatus): number {
  const instants = votes.map(({ since }) => since).toSorted((a, b) => a - b)
  const held = instants.find((atMs) =>
    ANY_VOTE.every((other) => statusOf(count(asOf(votes, atMs, other), policy), policy) === status),
  )
  return held ?? 0
}

function asOf(votes: CastVote[], atMs: number, later: Vote): CastVote[] {
  return votes.map((cast) => (cast.since <= atMs ? cast : { ...cast, vote: later }))
}

function reasonOf(status: JudgedStatus, tally: Tally, policy: ConsensusPolicy): string {
  const { fresh, down, slow, needed } = tally
  const heard = `${fresh.length} of ${policy.regionsAssigned} regions have a fresh vote`
  switch (status) {
    case 'DOWN':
      return `${down.length} of ${fresh.length} fresh votes are DOWN, ${needed} needed: ${inWords(down)}`
    case 'DEGRADED':
      return `${slow.length} of ${fresh.length} fresh votes are SLOW, ${needed} needed: ${inWords(slow)}`
    case 'UP':
      return `${heard}, ${down.length} DOWN, ${needed} needed${advisory(down)}`
    case 'UNKNOWN':
      return `${heard}, too few to tell: ${fresh.length > 0 ? inWords(fresh) : 'nobody says anything'}`
    case 'PENDING':
      return `${heard}, waiting for the first votes`
  }
}

function advisory(down: CastVote[]): string {
  return down.length > 0 ? `; regional advisory: ${inWords(down)}` : ''
}

function inWords(votes: CastVote[]): string {
  return votes.map(({ region, vote, reason }) => `${region} ${vote} (${reason})`).join('; ')
}

function causeOf(status: JudgedStatus, votes: CastVote[], tally: Tally): string | null {
  const telling = { DOWN: tally.down, DEGRADED: tally.slow, UNKNOWN: votes, UP: [], PENDING: [] }
  const causes = telling[status].map(({ cause }) => cause).filter((cause) => cause !== null)
  return causes.length > 0 ? [...new Set(causes)].join('; ') : null
}
