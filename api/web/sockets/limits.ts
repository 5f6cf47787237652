/** What a connection that stays open may do, and how long it may take for it. */
export type SocketLimits = {
  maxMessageBytes: number
  /** From the upgrade to connection_init. */
  initDeadlineMs: number
  maxOperations: number
  /** Of one person or API key. Of one network: of those without credentials, and of those who may still bring theirs. */
  maxSockets: number
  /** Of one person or API key, on all transports together. */
  maxSubscriptions: number
  /** Whoever has not answered one ping by the next is gone. */
  pingEveryMs: number
  /** A reader that leaves more than this unread is closed. */
  maxUnsentBytes: number
  /** The same for server-sent events, which nobody answers: Yoga writes one every 12 s, and this long none has gone out. */
  stalledMs: number
}

/**
 * Of one caller, in each process for itself: what bench/live.ts shows one to carry, in half of the heap that
 * `npm start` allows. 200 tabs with all that a socket may carry are no more.
 */
const MAX_HELD = 10_000

export const socketLimits: SocketLimits = {
  maxMessageBytes: 65_536,
  initDeadlineMs: 3_000,
  maxOperations: 50,
  maxSockets: MAX_HELD,
  maxSubscriptions: MAX_HELD,
  pingEveryMs: 15_000,
  maxUnsentBytes: 1_048_576,
  stalledMs: 30_000,
}

/** How long those who were told to go may take for it. */
export const GOODBYE_MS = 1_000
