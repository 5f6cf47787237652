/** What came of one attempt to hand something to a receiver. */
export type Delivery =
  | { outcome: 'ACCEPTED' }
  | { outcome: 'RETRY'; why: string }
  | { outcome: 'PERMANENT'; why: string }

/** What the outbox row becomes after it. */
export type Settlement =
  | { status: 'SENT' }
  | { status: 'PENDING'; error: string; retryInMs: number }
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

/** `attempts` counts the one that `delivery` is of; `chance` is from [0, 1). */
export function settle(delivery: Delivery, attempts: number, chance: number): Settlement {
  if (delivery.outcome === 'ACCEPTED') return { status: 'SENT' }
  const error = delivery.why.slice(0, MAX_ERROR_LENGTH)
  if (delivery.outcome === 'PERMANENT') return { status: 'FAILED', error }
  const waitMs = WAITS_MS[attempts]
  if (waitMs === undefined) {
    return { status: 'FAILED', error: `given up after ${attempts} attempts: ${error}` }
  }
  return { status: 'PENDING', error, retryInMs: Math.round(waitMs * (1 + JITTER * chance)) }
}
