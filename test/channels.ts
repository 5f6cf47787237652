import { randomUUIDv7 } from 'node:crypto'
import { type ChannelInput, parseNewChannel, sealSecrets } from '../api/alerts/channels/channel.ts'
import { insertChannel } from '../api/alerts/channels/store.ts'
import { insertDefaultSetting } from '../api/alerts/settings/store.ts'
import type { Deps } from '../api/deps.ts'
import { inTransaction } from '../api/platform/database.ts'
import { newSecret } from '../api/probes/keys/key.ts'

export type Made = { id: string; secret: string }

/** A channel that hears everything of all monitors without settings of their own; as its deed makes it. */
export async function addChannel(
  { database, keyring, environment }: Pick<Deps, 'database' | 'keyring' | 'environment'>,
  workspaceId: string,
  input: ChannelInput,
): Promise<Made> {
  const secret = newSecret()
  const origins = environment.serviceOrigins
  const channel = parseNewChannel({ name: 'Ops', ...input }, { origins, freshSecret: secret })
  const key = { id: randomUUIDv7(), workspaceId }
  const secrets = sealSecrets(key, channel.secrets, keyring)
  await inTransaction(database, async (tx) => {
    await insertChannel(tx, { ...channel, ...key, secrets })
    await insertDefaultSetting(tx, key)
  })
  return { id: key.id, secret }
}

type Contact = {
  email: string
  isVerified?: boolean
  timeZone?: string
  quiet?: { from: number; to: number }
}

/** The id of a contact, by SQL. */
export async function addContact(
  { database }: Pick<Deps, 'database'>,
  workspaceId: string,
  { email, isVerified = true, timeZone = 'UTC', quiet }: Contact,
): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO contacts (workspace_id, name, email, verified_at, time_zone, quiet_from, quiet_to)
     VALUES ($1, $2, $2, CASE WHEN $3 THEN now() END, $4, $5, $6) RETURNING id`,
    [workspaceId, email, isVerified, timeZone, quiet?.from, quiet?.to],
  )
  return rows[0]!.id
}
