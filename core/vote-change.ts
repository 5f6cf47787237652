import { invariant } from './invariant.ts'
import { instant, tell } from './streak.ts'
import type { Observation, RegionPolicy, RegionView } from './view.ts'
import type { Vote, VoteChange } from './vote.ts'

/** The change of vote that a telling check made of one view into the next, with its reason and cause in words. */
export function changeOf(
  before: RegionView,
  after: RegionView,
  check: Observation,
  policy: RegionPolicy,
): VoteChange {
  const { vote, reachStreak, paceStreak } = after
  const streak = isPaceChange(before, after) ? paceStreak : reachStreak
  return {
    vote,
    at: check.at,
    since: streak?.since ?? check.at,
    reason: isPaceChange(before, after)
      ? paceReason(after, policy)
      : reachReason(before, after, check, policy),
    cause: causeOf(vote, check, policy),
  }
}

/** Reachable before and after: only the pace can have changed the vote. */
function isPaceChange(before: RegionView, after: RegionView): boolean {
  return [before.vote, after.vote].every((vote) => vote === 'UP' || vote === 'SLOW')
}

function paceReason({ vote, paceStreak }: RegionView, policy: RegionPolicy): string {
  if (paceStreak === null) return 'no latency threshold any more'
  const limit = `${policy.latencyThresholdMs} ms`
  return vote === 'SLOW'
    ? tell(paceStreak, `check over ${limit}`, `checks over ${limit}`, policy.slowThreshold)
    : tell(paceStreak, `check within ${limit}`, `checks within ${limit}`, policy.normalThreshold)
}

function reachReason(
  before: RegionView,
  after: RegionView,
  check: Observation,
  policy: RegionPolicy,
): string {
  const streak = after.reachStreak
  invariant(streak, 'a telling check always leaves a streak')
  if (before.reach === after.reach)
    return `${check.outcome} again at ${instant(check.at)}, as before it was unknown`
  if (streak.of === 'DOWN') return tell(streak, 'failure', 'failures', policy.failureThreshold)
  if (before.reach === null) return `first success at ${instant(check.at)}`
  return tell(streak, 'success', 'successes', policy.recoveryThreshold)
}

function causeOf(vote: Vote, check: Observation, policy: RegionPolicy): string | null {
  if (vote !== 'SLOW') return check.cause
  const limit = `${policy.latencyThresholdMs} ms`
  const isSlowNow = (check.latencyMs ?? 0) > (policy.latencyThresholdMs ?? Infinity)
  return isSlowNow
    ? `Answered in ${Math.round(check.latencyMs ?? 0)} ms, threshold ${limit}`
    : `Not yet within ${limit} often enough`
}
