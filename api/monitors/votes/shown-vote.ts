import { currentVote, type RegionTrack } from '../../../core/region.ts'
import { freshUntil, type RegionPolicy } from '../../../core/view.ts'
import type { Vote } from '../../../core/vote.ts'
import type { RegionVote } from '../../../generated/prisma/client.ts'
import type { ShownCheck } from '../../checks/history/check.ts'
import { advisories } from '../consensus.ts'

/** What one region says of a monitor, as it is shown. Instants are epoch milliseconds. */
export type ShownVote = {
  region: string
  vote: Vote
  since: number
  reason: string
  /** Since its last check that told something of the target; null before the first. */
  ageSeconds: number | null
  isFresh: boolean
  lastCheckedAt: Date | null
  /** What fails from here although the monitor is not down. */
  advisory: string | null
}

export type JudgedMonitor = RegionPolicy & {
  regions: string[]
  quorum: number | null
  votes: { region: string; track: RegionTrack; lastCheckedAt: Date | null }[]
}

/** What a vote remembers of its last check: lists read these, and no track. */
export const lastCheckColumns = {
  monitorId: true,
  region: true,
  lastSlotAt: true,
  lastAttempt: true,
  lastCheckedAt: true,
  lastOutcome: true,
  lastHttpStatus: true,
  lastErrorKind: true,
  lastMessage: true,
  lastLatencyMs: true,
} as const

type VoteRow = Pick<RegionVote, keyof typeof lastCheckColumns>

const FRESH: readonly Vote[] = ['UP', 'SLOW', 'DOWN']

/** All votes on a monitor, in the order of its regions. */
export function showVotes(monitor: JudgedMonitor, nowMs: number): ShownVote[] {
  const votes = monitor.votes.toSorted((a, b) => place(a, monitor) - place(b, monitor))
  const cast = votes.map(({ region, track }) => ({ region, ...currentVote(track) }))
  const policy = { regionsAssigned: monitor.regions.length, quorum: monitor.quorum }
  const failing = new Map(advisories(cast, policy).map((vote) => [vote.region, vote]))
  return votes.map(({ region, track, lastCheckedAt }) => {
    const { vote, since, reason } = currentVote(track)
    const fails = failing.get(region)
    return {
      region,
      vote,
      since,
      reason,
      ageSeconds: ageSeconds(track, nowMs),
      isFresh: FRESH.includes(vote) && nowMs <= freshUntil(track.view, monitor),
      lastCheckedAt,
      advisory: fails ? (fails.cause ?? fails.reason) : null,
    }
  })
}

/** What all regions' votes remember of the latest check; null before the first. */
export function lastCheck(votes: readonly VoteRow[]): ShownCheck | null {
  const [last] = votes
    .flatMap((vote) => remembered(vote) ?? [])
    .toSorted((a, b) => b.checkedAt - a.checkedAt)
  return last ?? null
}

function remembered(vote: VoteRow): ShownCheck | null {
  if (!vote.lastSlotAt || !vote.lastCheckedAt || !vote.lastOutcome) return null
  return {
    monitorId: vote.monitorId,
    region: vote.region,
    scheduledAt: vote.lastSlotAt.getTime(),
    attempt: vote.lastAttempt ?? 0,
    checkedAt: vote.lastCheckedAt.getTime(),
    outcome: vote.lastOutcome,
    httpStatus: vote.lastHttpStatus,
    errorKind: vote.lastErrorKind,
    message: vote.lastMessage,
    latencyMs: vote.lastLatencyMs,
    detail: null,
  }
}

function place({ region }: { region: string }, { regions }: JudgedMonitor): number {
  return regions.indexOf(region)
}

function ageSeconds({ view }: RegionTrack, nowMs: number): number | null {
  if (view.slotAt < 0) return null
  return Math.max(0, Math.floor((nowMs - view.freshFrom) / 1000))
}
