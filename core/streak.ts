/** Consecutive checks of one kind; `since` is the instant of the first, epoch milliseconds. */
export type Streak<Of> = { of: Of; count: number; since: number }

export function extend<Of>(streak: Streak<Of> | null, of: Of, at: number): Streak<Of> {
  if (streak?.of !== of) return { of, count: 1, since: at }
  return { of, count: streak.count + 1, since: streak.since }
}

/** The streak in words: "3 consecutive failures since 2026-11-20T10:00:00.000Z, threshold 3". */
export function tell(
  streak: Streak<unknown>,
  noun: string,
  plural: string,
  threshold: number,
): string {
  const since = instant(streak.since)
  const checks =
    streak.count === 1
      ? `1 ${noun} at ${since}`
      : `${streak.count} consecutive ${plural} since ${since}`
  return `${checks}, threshold ${threshold}`
}

export function instant(atMs: number): string {
  return new Date(atMs).toISOString()
}
