import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50
const DEFAULT_DEADLINE_MS = 30_000

/**
 * Asks again and again until the answer is neither false, null nor undefined, and returns it. An error
 * is an answer not yet had; at the deadline the last one is thrown, so that it says what was missing.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  deadlineMs = DEFAULT_DEADLINE_MS,
): Promise<NonNullable<Exclude<T, false>>> {
  const endsAt = performance.now() + deadlineMs
  let trouble: unknown
  do {
    try {
      const answer = await ask()
      if (answer !== false && answer != null) return answer as NonNullable<Exclude<T, false>>
      trouble = undefined
    } catch (error) {
      trouble = error
    }
    await delay(POLL_MS)
  } while (performance.now() < endsAt)
  throw new Error(`Not within ${deadlineMs / 1000} s: ${what}`, { cause: trouble })
}
