import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import type { Lane } from '../../outbox/lane.ts'
import { bareAttempt, type Delivered } from '../channels/attempt.ts'
import { deliver } from '../channels/deeds.ts'
import { addresseeOf } from '../jobs.ts'
import { digestedKinds } from '../pace/deeds.ts'
import { followDigest } from './deeds.ts'
import { readDigest } from './store.ts'

const HANDS = 10
/** A long digest stops between two of its messages, before the lane would cut it off and forget the first ones. */
const MAX_MESSAGES_MS = 15_000

/** Digests have hands of their own: what is told at once never waits for them. */
export const digestLanes: Lane[] = digestedKinds.map((kind) => ({
  name: `${kind} digests`,
  queue: { table: 'digests', channel: kind },
  hands: HANDS,
  send: (deps, digestId, signal) => send(deps, kind, digestId, signal),
  whenSettled: followDigest,
}))

async function send(
  deps: Deps,
  kind: AlertChannel,
  digestId: string,
  signal: AbortSignal,
): Promise<Delivered> {
  const never = (why: string) => bareAttempt({ outcome: 'PERMANENT', why }, deps.clock.now())
  const digest = await readDigest(deps.database.pool, digestId)
  if (!digest || digest.entries.length === 0) return never('nothing is left for it to tell')
  const addressee = await addresseeOf(deps, kind, digest)
  if ('problem' in addressee) return never(addressee.problem)
  const content = { type: 'DIGEST', digest } as const
  const enough = AbortSignal.any([signal, AbortSignal.timeout(MAX_MESSAGES_MS)])
  return deliver(deps, addressee, content, { done: digest.done, signal: enough })
}
