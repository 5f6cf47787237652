import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import type { Lane } from '../../outbox/lane.ts'
import type { Delivered } from '../channels/attempt.ts'
import type { Digest } from '../channels/content.ts'
import { deliver } from '../channels/deeds.ts'
import { pagesOf } from '../channels/digest.ts'
import { channelKinds } from '../channels/kinds.ts'
import { digestedKinds } from '../pace/deeds.ts'
import { addresseeOf, never } from '../sending/deeds.ts'
import { followDigest } from './deeds.ts'
import { keepContent, readDigest } from './store.ts'

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
  const { pool } = deps.database
  const current = await readDigest(pool, digestId)
  if (!current || current.entries.length === 0) return never(deps, 'nothing is left for it to tell')
  const addressee = await addresseeOf(deps, kind, current)
  if ('problem' in addressee) return never(deps, addressee.problem)
  const digest = isLong(kind, current) ? await keepContent(pool, current) : current
  const content = { type: 'DIGEST', digest } as const
  const enough = AbortSignal.any([signal, AbortSignal.timeout(MAX_MESSAGES_MS)])
  return deliver(deps, addressee, content, { done: digest.done, signal: enough })
}

/** Whether one message has no room for it. */
function isLong(kind: AlertChannel, digest: Digest): boolean {
  const { digestBytes } = channelKinds[kind]
  return digestBytes !== null && pagesOf(digest, digestBytes).length > 1
}
