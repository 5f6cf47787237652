import { advanceTrack, type RegionTrack } from '../../../core/region.ts'
import type { RegionVote } from '../../../generated/prisma/client.ts'
import type { Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'

/** One region's running decision on one monitor. */
export type VoteTrack = { monitorId: string; region: string; track: RegionTrack }

export async function readTracks(tx: Transaction, monitorIds: string[]): Promise<VoteTrack[]> {
  const { rows } = await tx.query<VoteTrack & LastCheck>({
    name: 'read-tracks',
    text: `
      SELECT v.monitor_id AS "monitorId", v.region, v.track, ${LAST_CHECK} FROM region_votes v
      WHERE v.monitor_id = ANY ($1::uuid[]) ORDER BY v.monitor_id, v.region`,
    values: [monitorIds],
  })
  return rows.map((row) => ({ ...row, track: trackOf(row) }))
}

/** The last check of a vote; null before the first. Columns of `region_votes v`. */
export const LAST_CHECK = `
  ${epochMs('v.last_slot_at')} AS "lastSlotAt", v.last_attempt AS "lastAttempt",
  ${epochMs('v.last_checked_at')} AS "lastAt"`

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

/** Puts tracks in the place of whatever the regions said before; what their last check was stays. */
export async function putTracks(
  tx: Transaction,
  votes: (VoteTrack & { workspaceId: string; silenceCheckAt: number | null })[],
): Promise<void> {
  await tx.query(
    `INSERT INTO region_votes (monitor_id, workspace_id, region, track, silence_check_at)
     SELECT monitor_id, workspace_id, region, track, to_timestamp(silence_check_at / 1000.0)
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::json[], $5::float8[])
       AS v (monitor_id, workspace_id, region, track, silence_check_at)
     ON CONFLICT (monitor_id, region) DO UPDATE
     SET track = excluded.track, silence_check_at = excluded.silence_check_at`,
    [
      votes.map((vote) => vote.monitorId),
      votes.map((vote) => vote.workspaceId),
      votes.map((vote) => vote.region),
      votes.map((vote) => JSON.stringify(vote.track)),
      votes.map((vote) => vote.silenceCheckAt),
    ],
  )
}

/** Regions that no longer have a vote on a monitor. */
export async function dropVotes(tx: Transaction, monitorId: string, kept: string[]): Promise<void> {
  await tx.query(`DELETE FROM region_votes WHERE monitor_id = $1 AND region <> ALL ($2::text[])`, [
    monitorId,
    kept,
  ])
}
