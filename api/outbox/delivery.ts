/**
 * What came of one attempt to hand something to a receiver. PERMANENT: this it will never take. GONE:
 * nor anything else, for it is not there any more.
 */
export type Delivery =
  | { outcome: 'ACCEPTED' }
  | { outcome: 'RETRY'; why: string; retryAfterMs?: number }
  | { outcome: 'PERMANENT'; why: string }
  | { outcome: 'GONE'; why: string }

/** What the outbox row becomes after it. `pauseMs` is for how long the receiver has asked not to be sent it. */
export type Settlement =
  | { status: 'SENT' }
  | { status: 'PENDING'; error: string; retryInMs: number; pauseMs: number }
  | { status: 'FAILED'; error: string }

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The wait before each attempt, the first one included. */
const WAITS_MS = [
  0,
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  4 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
]

/** Attempts that failed together for one reason do not come again together. */
const JITTER = 0.2

const MAX_ERROR_LENGTH = 500

/** Whoever asks for a longer pause is asked again after this one. */
const LONGEST_PAUSE_MS = HOUR_MS

/** An attempt that was made: how many there were by plan, this one included, and in how long the plan has the next. */
export type Made = { attempts: number; plannedInMs: number | null }

/**
 * What comes of an attempt. One before its time leaves the plan as it is; what the receiver asks to wait is
 * the least. `chance` is from [0, 1).
 */
export function settle(
  delivery: Delivery,
  { attempts, plannedInMs }: Made,
  chance: number,
): Settlement {
  if (delivery.outcome === 'ACCEPTED') return { status: 'SENT' }
  const error = delivery.why.slice(0, MAX_ERROR_LENGTH)
  if (delivery.outcome !== 'RETRY') return { status: 'FAILED', error }
  const pauseMs = Math.min(delivery.retryAfterMs ?? 0, LONGEST_PAUSE_MS)
  if (plannedInMs !== null) {
    return { status: 'PENDING', error, retryInMs: Math.max(plannedInMs, pauseMs), pauseMs }
  }
  const waitMs = WAITS_MS[attempts]
  if (waitMs === undefined) {
    return { status: 'FAILED', error: `given up after ${attempts} attempts: ${error}` }
  }
  const retryInMs = Math.round(Math.max(waitMs, pauseMs) * (1 + JITTER * chance))
  return { status: 'PENDING', error, retryInMs, pauseMs }
}
