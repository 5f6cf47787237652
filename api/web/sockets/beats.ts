/** To ask ten thousand sockets at once takes a fifth of a second, in which nobody hears anything else. */
const SHARES = 100

export type Beats = {
  /** Calls it once in each round. What it returns takes it out again. */
  join(beat: () => void): () => void
  stop(): void
}

/** In a round everybody has their turn, a share of them at a time. */
export function startBeats(roundMs: number): Beats {
  const shares = Array.from({ length: SHARES }, () => new Set<() => void>())
  let joined = 0
  let turns = 0

  function beatNext(): void {
    for (const beat of shares[turns % SHARES]!) beat()
    turns += 1
  }

  // Once the answers were read that have come in: who stood still for a while must not take all for gone.
  const timer = setInterval(() => setImmediate(beatNext), roundMs / SHARES)

  return {
    join(beat) {
      const share = shares[joined % SHARES]!
      joined += 1
      share.add(beat)
      return () => void share.delete(beat)
    },
    stop: () => clearInterval(timer),
  }
}
