/** Counts by key, from its first for as long as a window. Every process for itself, and without waiting for anybody. */
export type Tally = {
  isFull(key: string): boolean
  count(key: string): void
  /** Until it is counted anew. */
  resetSeconds(key: string): number
}

type Limits = { atMost: number; windowMs: number; now: () => number }

export function createTally({ atMost, windowMs, now }: Limits): Tally {
  // All windows are of one length: whichever began first ends first.
  const windows = new Map<string, { count: number; endsAt: number }>()

  function forgetWhatIsOver(): void {
    for (const [key, { endsAt }] of windows) {
      if (endsAt > now()) return
      windows.delete(key)
    }
  }

  return {
    isFull(key) {
      forgetWhatIsOver()
      return (windows.get(key)?.count ?? 0) >= atMost
    },
    count(key) {
      forgetWhatIsOver()
      const begin = () => ({ count: 0, endsAt: now() + windowMs })
      windows.getOrInsertComputed(key, begin).count += 1
    },
    resetSeconds: (key) => Math.ceil(((windows.get(key)?.endsAt ?? now()) - now()) / 1_000),
  }
}
