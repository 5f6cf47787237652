import type { AlertChannel } from '../../generated/prisma/enums.ts'
import type { Deps } from '../deps.ts'
import type { Delivery } from '../outbox/delivery.ts'
import { email } from './channels/email.ts'
import type { Notice } from './message.ts'

/** How one notice reaches one recipient. It ends when `signal` aborts, and a failure is a Delivery, not a throw. */
export type Channel = {
  send(deps: Deps, notice: Notice, signal: AbortSignal): Promise<Delivery>
}

export const channels = { EMAIL: email } satisfies Partial<Record<AlertChannel, Channel>>
