/** What a connection that stays open may do, and how long it may take for it. */
export type SocketLimits = {
  maxMessageBytes: number
  /** From the upgrade to connection_init. */
  initDeadlineMs: number
  maxOperations: number
  /** Whoever has not answered one ping by the next is gone. */
  pingEveryMs: number
  /** A reader that leaves more than this unread is closed. */
  maxUnsentBytes: number
  /** The same for server-sent events, which nobody answers: Yoga writes one every 12 s, and this long none has gone out. */
  stalledMs: number
}

export const socketLimits: SocketLimits = {
  maxMessageBytes: 65_536,
  initDeadlineMs: 3_000,
  maxOperations: 50,
  pingEveryMs: 15_000,
  maxUnsentBytes: 1_048_576,
  stalledMs: 30_000,
}

/** How long those who were told to go may take for it. */
export const GOODBYE_MS = 1_000
