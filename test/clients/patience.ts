import { Refused } from './pharos.ts'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** How long to wait before the next try: each time twice as long, and no two clients alike. */
export function waitMs(failures: number): number {
  return Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Does it again and again until the signal. What goes wrong after that concerns nobody any more. */
export async function repeatUntil(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    while (!signal.aborted) await work()
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Tries until it works. What was refused is not tried again, nor what nobody wants any more. */
export async function persist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Refused || signal.aborted) throw error
    }
    await wait(waitMs(failures))
  }
}
