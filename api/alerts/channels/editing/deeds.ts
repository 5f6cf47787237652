import { randomUUIDv7 } from 'node:crypto'
import type { Principal } from '../../../accounts/principal.ts'
import type { Deps } from '../../../deps.ts'
import { inTransaction, type Transaction } from '../../../platform/database.ts'
import { newSecret } from '../../../probes/keys/key.ts'
import { resolveNoticesOfChannel } from '../../../probes/notices/store.ts'
import { badInput, notFound, Refusal } from '../../../refusal.ts'
import { lockContact } from '../../contacts/store.ts'
import { giveUpAlerts } from '../../deeds.ts'
import { insertDefaultSetting } from '../../settings/store.ts'
import {
  type ChannelInput,
  type ChannelSettings,
  leadsElsewhere,
  openSecrets,
  parseChannelChange,
  parseNewChannel,
  sealSecrets,
} from '../channel.ts'
import { rotatedSecrets, type WebhookSecrets } from '../kinds/webhook.ts'
import {
  type ChannelKey,
  countChannels,
  deleteChannelRow,
  insertChannel,
  lockChannel,
  markEnabled,
  markMailboxesEnabled,
  saveChannel,
  type StoredChannel,
} from '../store.ts'

const MAX_CHANNELS = 100

/** `secret` is what a webhook is signed with, in the answer only; null for the other kinds. */
export function createChannel(
  deps: Deps,
  { workspaceId }: Principal,
  { isDefault, ...input }: ChannelInput & { isDefault: boolean },
): Promise<{ channelId: string; secret: string | null }> {
  const { environment, keyring } = deps
  const freshSecret = newSecret()
  const channel = parseNewChannel(input, { origins: environment.serviceOrigins, freshSecret })
  const key = { id: randomUUIDv7(), workspaceId }
  return inTransaction(deps.database, async (tx) => {
    if ((await countChannels(tx, workspaceId)) >= MAX_CHANNELS) throw isFull()
    await mustHaveContact(tx, workspaceId, channel)
    const secrets = sealSecrets(key, channel.secrets, keyring)
    await insertChannel(tx, { ...channel, ...key, secrets })
    if (isDefault) await insertDefaultSetting(tx, key)
    return { channelId: key.id, secret: channel.kind === 'WEBHOOK' ? freshSecret : null }
  })
}

/** One that was disabled works again once it leads elsewhere. */
export function updateChannel(
  deps: Deps,
  { workspaceId }: Principal,
  { id, ...input }: ChannelInput & { id: string },
): Promise<void> {
  const key = { id, workspaceId }
  const { environment, keyring } = deps
  return inTransaction(deps.database, async (tx) => {
    const stored = opened(await mustLock(tx, key), deps)
    const channel = parseChannelChange(stored, input, environment.serviceOrigins)
    await mustHaveContact(tx, workspaceId, channel)
    await saveChannel(tx, {
      ...channel,
      ...key,
      secrets: sealSecrets(key, channel.secrets, keyring),
    })
    if (leadsElsewhere(stored, channel)) await enable(deps, tx, key)
  })
}

/** What was still to go over it is told elsewhere. */
export function deleteChannel(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (!(await deleteChannelRow(tx, { id, workspaceId }))) throw notFound()
    await giveUpAlerts(deps, tx, [id], 'the channel was deleted')
  })
}

/** For a channel that was disabled because its receiver was gone. Doing it twice changes nothing. */
export function enableChannel(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (!(await enable(deps, tx, { id, workspaceId }))) throw notFound()
  })
}

/** Whoever follows a link that was mailed to them has a mailbox again. */
export async function enableMailboxesOf(
  { clock }: Deps,
  tx: Transaction,
  contactId: string,
): Promise<void> {
  const enabled = await markMailboxesEnabled(tx, contactId)
  for (const key of enabled) await resolveNoticesOfChannel(tx, key, clock.now())
}

/** The former secret signs beside the new one for a day; the one before it no longer does. */
export function rotateChannelSecret(
  deps: Deps,
  { workspaceId }: Principal,
  id: string,
): Promise<{ channelId: string; secret: string }> {
  const key = { id, workspaceId }
  const secret = newSecret()
  return inTransaction(deps.database, async (tx) => {
    const stored = await mustLock(tx, key)
    if (stored.kind !== 'WEBHOOK') throw badInput('id', 'must be a channel of kind WEBHOOK')
    // Parsed by the rules of a webhook when it was saved.
    const former = opened(stored, deps).secrets as WebhookSecrets
    const secrets = rotatedSecrets(former, secret, deps.clock.now())
    await saveChannel(tx, { ...stored, secrets: sealSecrets(key, secrets, deps.keyring) })
    return { channelId: id, secret }
  })
}

async function enable({ clock }: Deps, tx: Transaction, key: ChannelKey): Promise<boolean> {
  if (!(await markEnabled(tx, key))) return false
  await resolveNoticesOfChannel(tx, key, clock.now())
  return true
}

async function mustLock(tx: Transaction, key: ChannelKey): Promise<StoredChannel> {
  const stored = await lockChannel(tx, key)
  if (!stored) throw notFound()
  return stored
}

async function mustHaveContact(
  tx: Transaction,
  workspaceId: string,
  { kind, contactId }: ChannelSettings,
): Promise<void> {
  if (contactId !== null) {
    if (!(await lockContact(tx, { id: contactId, workspaceId }))) throw notFound()
  } else if (kind === 'EMAIL') {
    throw badInput('email', 'must name the contact whose mailbox it is')
  }
}

function opened(stored: StoredChannel, { keyring }: Deps): ChannelSettings {
  return { ...stored, secrets: openSecrets(stored, stored.secrets, keyring) }
}

function isFull(): Refusal {
  return new Refusal('LIMIT_REACHED', `A workspace has at most ${MAX_CHANNELS} channels.`)
}
