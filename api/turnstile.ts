import { Refusal } from './refusal.ts'

/** Lets only so many in at once, and only so many wait. */
export type Turnstile = {
  /** How many were let in so far. */
  readonly passed: number
  pass<T>(work: () => Promise<T>): Promise<T>
}

/** `busy` is what a caller is told for whom there is no place in the queue. */
export function createTurnstile(atOnce: number, waiting: number, busy: string): Turnstile {
  const queue: (() => void)[] = []
  let free = atOnce
  let passed = 0

  async function enter(): Promise<void> {
    if (free > 0) {
      free -= 1
      return
    }
    if (queue.length >= waiting) throw isBusy(busy)
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  // Who leaves lets in the first of the queue directly, so that nobody can slip in between.
  function leave(): void {
    const next = queue.shift()
    if (next) next()
    else free += 1
  }

  return {
    get passed() {
      return passed
    },
    async pass(work) {
      await enter()
      passed += 1
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
