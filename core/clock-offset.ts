/** One question and its answer: the probe's clock before and after, the server's in between; epoch milliseconds. */
export type Exchange = { sentAt: number; receivedAt: number; serverTime: number }

/**
 * What to add to the probe's clock to have the server's, milliseconds. An offset that the exchange does
 * not contradict is kept, so that the jitter of the way moves no date; else the middle of what is possible.
 */
export function correctOffset(knownMs: number | null, exchange: Exchange): number {
  const leastMs = exchange.serverTime - exchange.receivedAt
  const mostMs = exchange.serverTime - exchange.sentAt
  const isPossible = knownMs !== null && knownMs >= leastMs && knownMs <= mostMs
  return isPossible ? knownMs : Math.round((leastMs + mostMs) / 2)
}
