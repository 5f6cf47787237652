import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import type { Delivery } from '../../outbox/delivery.ts'
import type { Wording } from '../wording.ts'

/** A channel as it is stored, its secrets opened: `settings` and `secrets` are parsed by its kind's rules. */
export type Addressee = {
  kind: AlertChannel
  settings: unknown
  secrets: unknown
  wording: Wording | null
  /** When the channel was last changed, epoch milliseconds; null for a mailbox that is none. */
  updatedAt: number | null
}

/** One request, or one mail, and what came of it: what the log of a delivery keeps. */
export type Attempt = {
  /** Epoch milliseconds. */
  at: number
  durationMs: number
  delivery: Delivery
  /** As it went out, less what is secret; null if nothing did. */
  request: string | null
  responseStatus: number | null
  response: string | null
}

/**
 * A long digest takes several messages, and so does some of what PagerDuty is told: each has an attempt of its own.
 * `delivery` is that of the first message that was not taken, else of the last; `channelAsOf` is the addressee's
 * `updatedAt`: of a channel that was changed meanwhile it says nothing.
 */
export type Delivered = { delivery: Delivery; attempts: Attempt[]; channelAsOf: number | null }

/** An attempt in which nothing was exchanged, or of which nothing is known. */
export function bareAttempt(delivery: Delivery, at: number, durationMs = 0): Delivered {
  const exchange = { request: null, responseStatus: null, response: null }
  return { delivery, attempts: [{ at, durationMs, delivery, ...exchange }], channelAsOf: null }
}
