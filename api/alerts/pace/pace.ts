/** How fast one recipient was told of late, before some alerts more. */
export type Pace = {
  /** Whether a digest is open that has not been sent yet. */
  isGathering: boolean
  /** What was told one by one within the last minute, and hour. */
  inMinute: number
  inHour: number
  /** Set for the channel; null: the default. */
  maxPerHour: number | null
  /** How long ago the last digest was sent; null if none was. */
  sinceDigestMs: number | null
}

/** The first `singles` are told one by one, at once; the others in a digest that is due in so long. */
export type Portion = { singles: number; dueInMs: number }

const SINGLES_PER_MINUTE = 5
const SINGLES_PER_HOUR = 60
/** A storm's first digest waits for what comes with it, the next ones until there is something to read. */
const FIRST_DIGEST_MS = 30_000
const BETWEEN_DIGESTS_MS = 5 * 60_000

/** While a digest is open everything joins it: nothing overtakes what it tells. */
export function portion(pace: Pace): Portion {
  const { isGathering, inMinute, inHour, maxPerHour, sinceDigestMs } = pace
  const room = Math.min(SINGLES_PER_MINUTE - inMinute, (maxPerHour ?? SINGLES_PER_HOUR) - inHour)
  const restMs = BETWEEN_DIGESTS_MS - (sinceDigestMs ?? Infinity)
  return {
    singles: isGathering ? 0 : Math.max(0, room),
    dueInMs: Math.max(FIRST_DIGEST_MS, restMs),
  }
}
