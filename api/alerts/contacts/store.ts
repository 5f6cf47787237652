import type { Prisma } from '../../../generated/prisma/client.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Deps } from '../../deps.ts'
import { newestFirst } from '../../page.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import type { ContactSettings } from './contact.ts'
import type { QuietHours } from './quiet-hours.ts'

type ContactKey = { id: string; workspaceId: string }
export type ContactAddress = ContactKey & { email: string }
type ContactQuery = Pick<Prisma.ContactFindUniqueArgs, 'select' | 'include'>

/** The quiet hours of a contact `k`; null where it has none. */
export const QUIET = `CASE WHEN k.quiet_from IS NOT NULL THEN json_build_object('timeZone', k.time_zone,
  'hours', json_build_object('from', k.quiet_from, 'to', k.quiet_to)) END`

/** `k`, who reads a row: the contact whose channel `c` it goes over, or whose mailbox it goes to without one. */
export function joinReader(row: string): string {
  return `LEFT JOIN channels c ON c.id = ${row}.channel_id
    LEFT JOIN contacts k ON k.workspace_id = ${row}.workspace_id
      AND (k.id = c.contact_id OR c.id IS NULL AND k.email = ${row}.recipient)`
}

export function readContacts(deps: Deps, workspaceId: string, query: Prisma.ContactFindManyArgs) {
  return deps.database.prisma.contact.findMany(newestFirst(query, { workspaceId }))
}

export function countContacts(deps: Deps, workspaceId: string): Promise<number> {
  return deps.database.prisma.contact.count({ where: { workspaceId } })
}

export function readContact(deps: Deps, where: ContactKey, query: ContactQuery) {
  return deps.database.prisma.contact.findUniqueOrThrow({ ...query, where })
}

/** Locks the workspace, so that of two contacts made at once the second counts the first. */
export async function countContactsToAdd(tx: Transaction, workspaceId: string): Promise<number> {
  await holdWorkspace(tx, workspaceId)
  const { rows } = await tx.query<{ contacts: number }>(
    'SELECT count(*)::int AS contacts FROM contacts WHERE workspace_id = $1',
    [workspaceId],
  )
  return rows[0]!.contacts
}

/** Its id; null where the workspace has a contact of this address. */
export async function insertContact(
  tx: Transaction,
  workspaceId: string,
  { name, email, timeZone, quietHours }: ContactSettings,
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO contacts (workspace_id, name, email, time_zone, quiet_from, quiet_to)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (workspace_id, email) DO NOTHING
     RETURNING id`,
    [workspaceId, name, email, timeZone, quietHours?.from, quietHours?.to],
  )
  return rows[0]?.id ?? null
}

/** Null where the workspace has no such contact. */
export async function lockContact(
  tx: Transaction,
  { id, workspaceId }: ContactKey,
): Promise<(ContactSettings & { isVerified: boolean }) | null> {
  const { rows } = await tx.query<
    Omit<ContactSettings, 'quietHours'> & { isVerified: boolean } & {
      [Of in keyof QuietHours]: number | null
    }
  >(
    `SELECT name, email, time_zone AS "timeZone", quiet_from AS "from", quiet_to AS "to",
       verified_at IS NOT NULL AS "isVerified"
     FROM contacts WHERE id = $1 AND workspace_id = $2 FOR UPDATE`,
    [id, workspaceId],
  )
  const [row] = rows
  if (!row) return null
  const { from, to, ...contact } = row
  return { ...contact, quietHours: from === null || to === null ? null : { from, to } }
}

/**
 * Locks a contact, and before them their channels, as where a channel is changed: the ids of these. Null where
 * the workspace has no such contact.
 */
export async function lockWithChannels(
  tx: Transaction,
  contact: ContactKey,
): Promise<string[] | null> {
  await lockChannelsOf(tx, contact)
  if (!(await lockContact(tx, contact))) return null
  // One that was made theirs meanwhile is among them now.
  return lockChannelsOf(tx, contact)
}

/** Another address is to be verified anew. */
export async function saveContact(
  tx: Transaction,
  { id, workspaceId }: ContactKey,
  { name, email, timeZone, quietHours }: ContactSettings,
): Promise<void> {
  await tx.query(
    `UPDATE contacts SET name = $2, time_zone = $4, quiet_from = $5, quiet_to = $6,
       verified_at = CASE WHEN email = $3 THEN verified_at END, email = $3
     WHERE id = $1 AND workspace_id = $7`,
    [id, name, email, timeZone, quietHours?.from, quietHours?.to, workspaceId],
  )
}

export async function isContactTaken(
  sql: Sql,
  { id, workspaceId, email }: ContactAddress,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    'SELECT FROM contacts WHERE workspace_id = $1 AND email = $2 AND id <> $3',
    [workspaceId, email, id],
  )
  return rowCount !== 0
}

/** False where it has another address by now. */
export async function markContactVerified(
  tx: Transaction,
  { id, email, verifiedAt }: { id: string; email: string; verifiedAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE contacts SET verified_at = coalesce(verified_at, to_timestamp($3 / 1000.0))
     WHERE id = $1 AND email = $2`,
    [id, email, verifiedAt],
  )
  return rowCount === 1
}

/** Their channels go with them. */
export async function deleteContactRow(
  tx: Transaction,
  { id, workspaceId }: ContactKey,
): Promise<void> {
  await tx.query('DELETE FROM contacts WHERE id = $1 AND workspace_id = $2', [id, workspaceId])
}

async function lockChannelsOf(tx: Transaction, { id, workspaceId }: ContactKey): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    'SELECT id FROM channels WHERE contact_id = $1 AND workspace_id = $2 ORDER BY id FOR UPDATE',
    [id, workspaceId],
  )
  return rows.map((channel) => channel.id)
}
