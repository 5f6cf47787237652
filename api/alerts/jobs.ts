import type { AlertChannel } from '../../generated/prisma/enums.ts'
import type { Deps } from '../deps.ts'
import type { Lane } from '../outbox/lane.ts'
import { type Addressee, bareAttempt, type Delivered } from './channels/attempt.ts'
import { alertChannels, openSecrets } from './channels/channel.ts'
import { deliver } from './channels/deeds.ts'
import { readChannelToSend } from './channels/store.ts'
import { followAttempt } from './deeds.ts'
import { readNotice, readPlace } from './store.ts'

/** A mail server takes a few at once; services and programs are many, and slow ones wait for nothing of ours. */
const HANDS = { EMAIL: 10, OTHERS: 40 }

/** Every kind of channel is a lane of the outbox. */
export const alertLanes: Lane[] = alertChannels.map((kind) => ({
  name: kind,
  queue: { table: 'alerts', channel: kind },
  hands: kind === 'EMAIL' ? HANDS.EMAIL : HANDS.OTHERS,
  send: (deps, alertId, signal) => send(deps, kind, alertId, signal),
  whenSettled: followAttempt,
}))

async function send(
  deps: Deps,
  kind: AlertChannel,
  alertId: string,
  signal: AbortSignal,
): Promise<Delivered> {
  const { pool } = deps.database
  const place = await readPlace(pool, alertId)
  const notice = place && (await readNotice(pool, alertId))
  const never = (why: string) => bareAttempt({ outcome: 'PERMANENT', why }, deps.clock.now())
  if (!notice) return never('its monitor is gone')
  const addressee = await addresseeOf(deps, kind, { ...place, ...notice })
  if ('problem' in addressee) return never(addressee.problem)
  return deliver(deps, addressee, { type: 'NOTICE', notice }, { done: 0, signal })
}

/** Where something goes: over a channel, or where that is null to a mailbox. */
type Goal = { channelId: string | null; workspaceId: string; recipient: string }

/** A channel may have ceased to be live since it was decided that it hears this. */
export async function addresseeOf(
  { database, keyring }: Deps,
  kind: AlertChannel,
  { channelId, workspaceId, recipient }: Goal,
): Promise<Addressee | { problem: string }> {
  if (channelId === null) return { kind, settings: {}, secrets: {}, wording: null }
  const channel = await readChannelToSend(database.pool, { id: channelId, workspaceId })
  if (!channel) return { problem: 'the channel was deleted' }
  if (channel.isDisabled) return { problem: 'the channel is disabled' }
  if (kind === 'EMAIL' && !(channel.isVerified && channel.email === recipient)) {
    return { problem: 'the address is not verified, or another one by now' }
  }
  return { ...channel, secrets: openSecrets(channel, channel.secrets, keyring) }
}
