import type { AlertChannel } from '../../generated/prisma/enums.ts'
import type { Delivered } from '../alerts/channels/attempt.ts'
import type { Deps } from '../deps.ts'
import type { Transaction } from '../platform/database.ts'
import type { Settlement } from './delivery.ts'

/** Where rows wait: of one kind of channel, or all of them together. */
export type Queue =
  | { table: 'alerts'; channel: AlertChannel }
  | { table: 'digests'; channel: AlertChannel }
  | { table: 'redeliveries'; channel: null }
  | { table: 'farewells'; channel: null }
  | { table: 'account_mails'; channel: null }

/** One way out, with hands of its own: a receiver that hangs holds up nothing of another lane. */
export type Lane = {
  name: string
  queue: Queue
  /** How many sends may be under way at once. */
  hands: number
  /** Reads the row afresh and sends it; ends when `signal` aborts. */
  send(deps: Deps, id: string, signal: AbortSignal): Promise<Delivered>
  /** Runs in the transaction that settles an attempt. */
  whenSettled(deps: Deps, tx: Transaction, id: string, settled: Settled): Promise<void>
}

/** What came of an attempt, and what the row became after it. */
export type Settled = { settlement: Settlement; delivered: Delivered }
