import { advanceTrack, firstDifferenceAt, type RegionTrack } from '../../../core/region.ts'
import type { RegionPolicy } from '../../../core/view.ts'
import type { RegionVote } from '../../../generated/prisma/client.ts'

export type VoteKey = { monitorId: string; region: string }

/** One region's vote on one monitor as it is locked for a batch. */
export type LockedVote = VoteKey & {
  workspaceId: string
  fence: string
  track: RegionTrack
  policy: RegionPolicy
  /** Of the certificate that the region last saw; null before the first. */
  certificateExpiresAt: number | null
  /** The database's clock when the batch began, epoch milliseconds. */
  nowMs: number
}

/** A vote whose story differs from `fromMs` on. */
export type ChangedVote = { monitorId: string; fromMs: number; nowMs: number }

/** Empty where the two tracks tell one story. */
export function changedVote(before: LockedVote, track: RegionTrack): ChangedVote[] {
  const fromMs = firstDifferenceAt(before.track, track)
  return fromMs === null ? [] : [{ monitorId: before.monitorId, fromMs, nowMs: before.nowMs }]
}

/** The last check of a vote; null before the first. */
export type LastCheck = { lastSlotAt: number | null; lastAttempt: number; lastAt: number }

/** In calm a check leaves the stored track as it is: the columns of the last check tell how far it has come. */
export function trackOf({
  track,
  lastSlotAt,
  lastAttempt,
  lastAt,
}: { track: RegionTrack } & LastCheck): RegionTrack {
  // A pause and a change of settings begin a new story: the last check may belong to the one before.
  if (lastSlotAt === null || lastAt < track.from) return track
  return advanceTrack(track, { slotAt: lastSlotAt, attempt: lastAttempt, at: lastAt })
}

/** The track of a row that Prisma read, to which it is JSON: only core/region.ts makes what is stored. */
export function storedTrack(
  row: Pick<RegionVote, 'track' | 'lastSlotAt' | 'lastAttempt' | 'lastCheckedAt'>,
): RegionTrack {
  return trackOf({
    track: row.track as RegionTrack,
    lastSlotAt: row.lastSlotAt?.getTime() ?? null,
    lastAttempt: row.lastAttempt ?? 0,
    lastAt: row.lastCheckedAt?.getTime() ?? 0,
  })
}
