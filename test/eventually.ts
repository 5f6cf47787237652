import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 50
/** A dispatcher that stood still for 5 s leaves what it had claimed alone, until another claims it after 30 s. */
const DEFAULT_DEADLINE_MS = 45_000

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
  for (let isOver = false; ;) {
    let trouble: unknown
    try {
      const answer = await ask()
      if (answer !== false && answer != null) return answer as NonNullable<Exclude<T, false>>
    } catch (error) {
      trouble = error
    }
    if (isOver) throw new Error(`Not within ${deadlineMs / 1000} s: ${what}`, { cause: trouble })
    // Known before the pause: whoever stood still past the deadline pauses and asks once more.
    isOver = performance.now() >= endsAt
    await delay(POLL_MS)
  }
}
