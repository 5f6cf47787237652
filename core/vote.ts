/** What one region believes of one monitor, once its results have confirmed it. */
export type Vote = 'PENDING' | 'UP' | 'SLOW' | 'DOWN' | 'UNKNOWN'

/**
 * A region changed its mind. `at` is when the confirming check ran (what could be known when),
 * `since` from when the vote holds: the first check of the streak. Both epoch milliseconds.
 */
export type VoteChange = {
  vote: Vote
  at: number
  since: number
  reason: string
  cause: string | null
}

/** How long a check keeps its region's vote fresh: two intervals and a timeout, milliseconds. */
export function freshForMs(intervalSeconds: number, timeoutMs: number): number {
  return 2 * intervalSeconds * 1000 + timeoutMs
}
