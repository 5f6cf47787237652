import { Refusal } from './refusal.ts'

/** Work that only so many may do at once, and only so many may wait for. */
export type Turns = {
  /** How many turns were taken so far. */
  readonly taken: number
  take<T>(work: () => Promise<T>): Promise<T>
}

/** `busy` is what a caller is told for whom there is no place in the queue. */
export function createTurns(atOnce: number, waiting: number, busy: string): Turns {
  const queue: (() => void)[] = []
  let free = atOnce
  let taken = 0

  async function enter(): Promise<void> {
    if (free > 0) {
      free -= 1
      return
    }
    if (queue.length >= waiting) throw isBusy(busy)
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  // A turn that ends goes straight to the first in the queue, so that nobody can slip in between.
  function leave(): void {
    const next = queue.shift()
    if (next) next()
    else free += 1
  }

  return {
    get taken() {
      return taken
    },
    async take(work) {
      await enter()
      taken += 1
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}

function isBusy(message: string): Refusal {
  return new Refusal('RATE_LIMITED', message, { retryAfterSeconds: 1 })
}
