import { randomUUIDv7 } from 'node:crypto'
import { invariant } from '../../../../core/invariant.ts'
import type { Principal } from '../../../accounts/principal.ts'
import type { Deps } from '../../../deps.ts'
import { hastenChannel } from '../../../outbox/haste/store.ts'
import { notFound, Refusal } from '../../../refusal.ts'
import { insertAttempts } from '../../attempts/store.ts'
import { bareAttempt, type Delivered } from '../attempt.ts'
import { openSecrets } from '../channel.ts'
import { deliver } from '../deeds.ts'
import { type ChannelToSend, readChannelToSend } from '../store.ts'

/** Within what an operation may take: GraphQL's deadline is 10 s. */
const MAX_TRIAL_MS = 8_000

/**
 * Sends a word over the channel at once, also where it is disabled, and keeps what came of it; the id of the
 * attempt that says it.
 */
export async function testChannel(
  deps: Deps,
  { workspaceId }: Principal,
  channelId: string,
): Promise<string> {
  const { pool } = deps.database
  const channel = await readChannelToSend(pool, { id: channelId, workspaceId })
  if (!channel) throw notFound()
  if (channel.kind === 'EMAIL' && !channel.isVerified) throw isUnverified()
  const { attempts, delivery } = await tryOut(deps, channel)
  if (delivery.outcome === 'ACCEPTED') await hastenChannel(pool, channelId)
  const ids = await insertAttempts(pool, { workspaceId, channelId }, attempts)
  const telling = ids[attempts.findLastIndex((attempt) => attempt.delivery === delivery)]
  invariant(telling, 'a trial is at least one attempt')
  return telling
}

function tryOut(deps: Deps, channel: ChannelToSend): Promise<Delivered> {
  const at = deps.clock.now()
  const recipient = channel.email ?? channel.label
  const { name: channelName, timeZone } = channel
  const trial = { trialId: randomUUIDv7(), recipient, timeZone, channelName, at }
  const signal = AbortSignal.timeout(MAX_TRIAL_MS)
  const late = Promise.withResolvers<Delivered>()
  signal.addEventListener('abort', () => late.resolve(unanswered(at)))
  const secrets = openSecrets(channel, channel.secrets, deps.keyring)
  const content = { type: 'TRIAL', trial } as const
  const delivered = deliver(deps, { ...channel, secrets }, content, { done: 0, signal })
  return Promise.race([delivered, late.promise])
}

function unanswered(at: number): Delivered {
  const why = `no answer within ${MAX_TRIAL_MS / 1_000} s`
  return bareAttempt({ outcome: 'RETRY', why }, at, MAX_TRIAL_MS)
}

function isUnverified(): Refusal {
  const message = 'Its contact has not followed the link mailed to them yet.'
  return new Refusal('CONFLICT', message)
}
