/** How fast one recipient was told of late, before some alerts more. */
export type Pace = {
  /** Whether a digest is open that has not been sent yet, or what is to be told takes one. */
  isGathering: boolean
  /** What was told one by one within the last minute. */
  inMinute: number
  /** How long ago each message of the last hour was told, one of an alert or of a digest; latest first. */
  toldAgoMs: number[]
  /** Set for the channel; null: the default. */
  maxPerHour: number | null
  /** How long ago the last digest was sent; null if none was. */
  sinceDigestMs: number | null
}

/** The first `singles` are told one by one, at once; the others in a digest that is due in so long. */
export type Portion = { singles: number; dueInMs: number }

const HOUR_MS = 3_600_000
const SINGLES_PER_MINUTE = 5
/** Where no channel says otherwise. What is more is told late, and not later still: digests come in any case. */
const SINGLES_PER_HOUR = 60
/** A storm's first digest waits for what comes with it, the next ones until there is something to read. */
const FIRST_DIGEST_MS = 30_000
const BETWEEN_DIGESTS_MS = 5 * 60_000

/** While a digest is open everything joins it: nothing overtakes what it tells. */
export function portion(pace: Pace): Portion {
  const { isGathering, inMinute, toldAgoMs, maxPerHour, sinceDigestMs } = pace
  const most = maxPerHour ?? SINGLES_PER_HOUR
  const room = Math.min(SINGLES_PER_MINUTE - inMinute, most - toldAgoMs.length)
  const singles = isGathering ? 0 : Math.max(0, room)
  const restMs = BETWEEN_DIGESTS_MS - (sinceDigestMs ?? Infinity)
  const roomInMs = maxPerHour === null ? 0 : untilRoom(maxPerHour - singles, toldAgoMs)
  return { singles, dueInMs: Math.max(FIRST_DIGEST_MS, restMs, roomInMs) }
}

/** How long until fewer than `most` of these were told within the hour; what is told now stays in it for all of it. */
function untilRoom(most: number, toldAgoMs: readonly number[]): number {
  if (most <= 0) return HOUR_MS
  const agoMs = toldAgoMs[most - 1]
  return agoMs === undefined ? 0 : HOUR_MS - agoMs
}
