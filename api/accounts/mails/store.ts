import type { AccountMailKind } from '../../../generated/prisma/enums.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { AccountMail } from './mail.ts'
import type { ToldNotice } from './notice-mail.ts'

/** About one of a user, an invitation, a notice and a contact. */
type NewMail = {
  kind: AccountMailKind
  userId?: string | null
  invitationId?: string | null
  noticeId?: string | null
  contactId?: string | null
  recipient: string
  createdAt: number
  expiresAt: number
}

export async function insertAccountMail(tx: Transaction, mail: NewMail): Promise<void> {
  await tx.query(
    `INSERT INTO account_mails
       (kind, user_id, invitation_id, notice_id, contact_id, recipient, created_at, expires_at,
        next_attempt_at)
     VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0), to_timestamp($8 / 1000.0),
       to_timestamp($7 / 1000.0))`,
    [
      mail.kind,
      mail.userId,
      mail.invitationId,
      mail.noticeId,
      mail.contactId,
      mail.recipient,
      mail.createdAt,
      mail.expiresAt,
    ],
  )
}

/** What a link that was followed is about. */
export type UsedMail = {
  userId: string | null
  invitationId: string | null
  contactId: string | null
  recipient: string
}

/**
 * Locks the user or the invitation that a mail is about: both are locked before their mails, as a user's
 * others are spent and those of an invitation that is deleted go with it.
 */
export async function holdSubject(tx: Transaction, mailId: string): Promise<void> {
  await tx.query(
    `SELECT FROM users
     WHERE id = (SELECT user_id FROM account_mails WHERE id = $1) FOR NO KEY UPDATE`,
    [mailId],
  )
  await tx.query(
    `SELECT FROM invitations
     WHERE id = (SELECT invitation_id FROM account_mails WHERE id = $1) FOR NO KEY UPDATE`,
    [mailId],
  )
}

/** The contact that a mail asks; null where it asks none, or they are gone. */
export async function readContactOfMail(
  sql: Sql,
  mailId: string,
): Promise<{ id: string; workspaceId: string } | null> {
  const { rows } = await sql.query<{ id: string; workspaceId: string }>(
    `SELECT k.id, k.workspace_id AS "workspaceId"
     FROM account_mails a JOIN contacts k ON k.id = a.contact_id WHERE a.id = $1`,
    [mailId],
  )
  return rows[0] ?? null
}

/** True for one caller only: of two that bring the same token at once, the second finds it used. */
export async function markMailUsed(
  tx: Transaction,
  { id, kind, usedAt }: { id: string; kind: AccountMailKind; usedAt: number },
): Promise<UsedMail | null> {
  const { rows } = await tx.query<UsedMail>(
    `UPDATE account_mails SET used_at = to_timestamp($3 / 1000.0)
     WHERE id = $1 AND kind = $2 AND used_at IS NULL AND expires_at > to_timestamp($3 / 1000.0)
     RETURNING user_id AS "userId", invitation_id AS "invitationId", contact_id AS "contactId",
       recipient`,
    [id, kind, usedAt],
  )
  return rows[0] ?? null
}

/** Whether the address that the mail went to is still that of its user or contact, and verified. */
export async function hasConfirmed(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `SELECT FROM account_mails a
     LEFT JOIN users u
       ON u.id = a.user_id AND u.email = a.recipient AND u.email_verified_at IS NOT NULL
     LEFT JOIN contacts c
       ON c.id = a.contact_id AND c.email = a.recipient AND c.verified_at IS NOT NULL
     WHERE a.id = $1 AND (u.id IS NOT NULL OR c.id IS NOT NULL)`,
    [id],
  )
  return rowCount === 1
}

/** Whatever links of this kind the user still has in the post lead nowhere from now on. */
export async function spendMailsOfUser(
  tx: Transaction,
  { userId, kind, usedAt }: { userId: string; kind: AccountMailKind; usedAt: number },
): Promise<void> {
  await tx.query(
    `UPDATE account_mails SET used_at = to_timestamp($3 / 1000.0)
     WHERE user_id = $1 AND kind = $2 AND used_at IS NULL`,
    [userId, kind, usedAt],
  )
}

/** As above, of a contact. */
export async function spendMailsOfContact(
  tx: Transaction,
  { contactId, usedAt }: { contactId: string; usedAt: number },
): Promise<void> {
  await tx.query(
    `UPDATE account_mails SET used_at = to_timestamp($2 / 1000.0)
     WHERE contact_id = $1 AND used_at IS NULL`,
    [contactId, usedAt],
  )
}

/**
 * How many mails asked this mailbox since then whether it wants to be told, for whichever workspace. Of two
 * who are about to ask it the second waits here, and counts the first.
 */
export async function countTimesAsked(
  tx: Transaction,
  { recipient, since }: { recipient: string; since: number },
): Promise<number> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [recipient])
  const { rows } = await tx.query<{ mails: number }>(
    `SELECT count(*)::int AS mails FROM account_mails
     WHERE kind = 'VERIFY_CONTACT' AND recipient = $1 AND created_at > to_timestamp($2 / 1000.0)`,
    [recipient, since],
  )
  return rows[0]!.mails
}

export type StoredMail =
  | Omit<AccountMail, 'token'>
  | (Omit<AccountMail, 'token' | 'kind'> & { kind: 'NOTICE'; notice: ToldNotice })

/** What the mail is to say, read afresh; null where what it is about is gone. */
export async function readAccountMail(sql: Sql, id: string): Promise<StoredMail | null> {
  const { rows } = await sql.query<StoredMail>(
    `SELECT a.kind, a.recipient, w.name AS "workspaceName", inviter.name AS "invitedBy",
       ${epochMs('a.expires_at')} AS "expiresAt", coalesce(reader.time_zone, 'UTC') AS "timeZone",
       json_build_object('kind', n.kind, 'region', n.region, 'text', n.text,
         'startedAt', extract(epoch FROM n.started_at) * 1000,
         'resolvedAt', extract(epoch FROM n.resolved_at) * 1000) AS notice
     FROM account_mails a
     LEFT JOIN invitations i ON i.id = a.invitation_id
     LEFT JOIN notices n ON n.id = a.notice_id
     LEFT JOIN contacts c ON c.id = a.contact_id
     LEFT JOIN workspaces w ON w.id = coalesce(i.workspace_id, n.workspace_id, c.workspace_id)
     LEFT JOIN contacts reader ON reader.workspace_id = w.id AND reader.email = a.recipient
     LEFT JOIN users inviter ON inviter.id = i.invited_by_id
     WHERE a.id = $1 AND (a.kind <> 'VERIFY_CONTACT' OR c.id IS NOT NULL)`,
    [id],
  )
  return rows[0] ?? null
}

/** Settled ones only: what still waits to be sent is the outbox's to give up. */
export async function deleteMailsExpiredBefore(sql: Sql, at: number): Promise<void> {
  await sql.query(
    `DELETE FROM account_mails WHERE expires_at < to_timestamp($1 / 1000.0) AND status <> 'PENDING'`,
    [at],
  )
}
