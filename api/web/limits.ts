import type { SubscriptionHolder } from '../graphql/live/plugin.ts'
import type { SocketHolder } from './sockets/holders.ts'

/** What stays open, and how long it may take for what it does. In each process for itself. */
export type OpenLimits = {
  maxMessageBytes: number
  /** From the upgrade to connection_init. */
  initDeadlineMs: number
  maxOperations: number
  sockets: Record<SocketHolder | 'process', number>
  subscriptions: Record<SubscriptionHolder | 'process', number>
  /** Whoever has not answered one ping by the next is gone. */
  pingEveryMs: number
  /** A reader that leaves more than this unread is closed. */
  maxUnsentBytes: number
  /** The same for server-sent events, which nobody answers: Yoga writes one every 12 s, and this long none has gone out. */
  stalledMs: number
}

/**
 * Of the heap that `npm start` allows, 320 MB, a process takes 50 for itself, a person's socket 7.5 KB and a
 * subscription 9.6: 12,500 of each are 214 MB. Nobody can take all; bench/live.ts shows what one caller may have.
 */
const places = { caller: 10_000, workspace: 11_000, process: 12_500 }

export const openLimits: OpenLimits = {
  maxMessageBytes: 65_536,
  initDeadlineMs: 3_000,
  maxOperations: 50,
  sockets: { ...places, stranger: 5_000, strangers: 6_000, newcomer: 1_000 },
  subscriptions: places,
  pingEveryMs: 15_000,
  maxUnsentBytes: 1_048_576,
  stalledMs: 30_000,
}

/** How long those who were told to go may take for it. */
export const GOODBYE_MS = 1_000
