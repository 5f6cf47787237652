import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import { type Addressee, bareAttempt, type Delivered } from '../channels/attempt.ts'
import { openSecrets } from '../channels/channel.ts'
import { deliver } from '../channels/deeds.ts'
import { readChannelToSend } from '../channels/store.ts'
import { readNotice, readPlace } from '../store.ts'

/** Sends one alert over the kind of channel that it was decided for. */
export async function sendAlert(
  deps: Deps,
  { alertId, kind }: { alertId: string; kind: AlertChannel },
  signal: AbortSignal,
): Promise<Delivered> {
  const { pool } = deps.database
  const place = await readPlace(pool, alertId)
  const notice = place && (await readNotice(pool, alertId))
  if (!notice) return never(deps, 'its monitor is gone')
  const addressee = await addresseeOf(deps, kind, { ...place, ...notice })
  if ('problem' in addressee) return never(deps, addressee.problem)
  return deliver(deps, addressee, { type: 'NOTICE', notice }, { done: 0, signal })
}

/** What cannot be sent, now or later. */
export function never({ clock }: Pick<Deps, 'clock'>, why: string): Delivered {
  return bareAttempt({ outcome: 'PERMANENT', why }, clock.now())
}

/** Where something goes: over a channel, or where that is null to a mailbox. */
type Goal = { channelId: string | null; workspaceId: string; recipient: string }

/** A channel may have ceased to be live since it was decided that it hears this. */
export async function addresseeOf(
  { database, keyring }: Deps,
  kind: AlertChannel,
  { channelId, workspaceId, recipient }: Goal,
): Promise<Addressee | { problem: string }> {
  if (channelId === null) return { kind, settings: {}, secrets: {}, wording: null, updatedAt: null }
  const channel = await readChannelToSend(database.pool, { id: channelId, workspaceId })
  if (!channel) return { problem: 'the channel was deleted' }
  if (channel.isDisabled) return { problem: 'the channel is disabled' }
  if (kind === 'EMAIL' && !(channel.isVerified && channel.email === recipient)) {
    return { problem: 'the address is not verified, or another one by now' }
  }
  return { ...channel, secrets: openSecrets(channel, channel.secrets, keyring) }
}
