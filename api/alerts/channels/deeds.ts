import type { Deps } from '../../deps.ts'
import type { Addressee, Delivered } from './attempt.ts'
import type { Content } from './content.ts'

/**
 * Composes the message, hands it over, and says what came of it. `done` is how many messages of a
 * digest the receiver has accepted before: they are not sent again. Throws nothing.
 */
export async function deliver(
  _deps: Pick<Deps, 'outbound' | 'mailer' | 'environment' | 'clock'>,
  _addressee: Addressee,
  _content: Content,
  _options: { done: number; signal: AbortSignal },
): Promise<Delivered> {
  return { delivery: { outcome: 'RETRY', why: 'no kind of channel is known yet' }, attempts: [] }
}
