import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import type { Principal } from '../principal.ts'

type UserQuery = Pick<Prisma.UserFindUniqueOrThrowArgs, 'select' | 'include'>

/** The caller's own row: whoever has a session or an API key exists. */
export function readOwnUser(deps: Deps, { userId }: Principal, query: UserQuery) {
  return deps.database.prisma.user.findUniqueOrThrow({ ...query, where: { id: userId } })
}

type NewUser = {
  email: string
  name: string
  passwordHash: string
  emailVerifiedAt: number | null
  createdAt: number
}

/** Null where the address has an account already. */
export async function insertUser(tx: Transaction, user: NewUser): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO users (email, name, password_hash, email_verified_at, created_at)
     VALUES ($1, $2, $3, to_timestamp($4 / 1000.0), to_timestamp($5 / 1000.0))
     ON CONFLICT (email) DO NOTHING
     RETURNING id`,
    [user.email, user.name, user.passwordHash, user.emailVerifiedAt, user.createdAt],
  )
  return rows[0]?.id ?? null
}

/** True for one transaction only: of twenty first sign-ups at once, the others wait at the primary key and see false. */
export async function claimInstallation(
  tx: Transaction,
  { ownerId, createdAt }: { ownerId: string; createdAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO installation (id, owner_id, created_at)
     VALUES (1, $1, to_timestamp($2 / 1000.0))
     ON CONFLICT (id) DO NOTHING`,
    [ownerId, createdAt],
  )
  return rowCount === 1
}

export async function isInstallationClaimed(sql: Sql): Promise<boolean> {
  const { rowCount } = await sql.query('SELECT 1 FROM installation')
  return rowCount === 1
}

export async function isInstallationOwner(sql: Sql, userId: string): Promise<boolean> {
  const { rowCount } = await sql.query('SELECT 1 FROM installation WHERE owner_id = $1', [userId])
  return rowCount === 1
}

export async function readPasswordByEmail(
  sql: Sql,
  email: string,
): Promise<{ userId: string; passwordHash: string } | null> {
  const { rows } = await sql.query<{ userId: string; passwordHash: string }>(
    `SELECT id AS "userId", password_hash AS "passwordHash" FROM users WHERE email = $1`,
    [email],
  )
  return rows[0] ?? null
}

export async function readPasswordOfUser(sql: Sql, userId: string): Promise<string | null> {
  const { rows } = await sql.query<{ passwordHash: string }>(
    `SELECT password_hash AS "passwordHash" FROM users WHERE id = $1`,
    [userId],
  )
  return rows[0]?.passwordHash ?? null
}

/**
 * Whether the hash that was verified still holds, and keeps it until the transaction ends: a change
 * of password waits, and then ends the session that this transaction makes.
 */
export async function holdPassword(
  tx: Transaction,
  { userId, passwordHash }: { userId: string; passwordHash: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'SELECT 1 FROM users WHERE id = $1 AND password_hash = $2 FOR NO KEY UPDATE',
    [userId, passwordHash],
  )
  return rowCount === 1
}

/** Changes nothing where the hash is no longer the one that was verified. */
export async function replacePassword(
  tx: Transaction,
  { userId, from, to }: { userId: string; from: string; to: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`,
    [userId, from, to],
  )
  return rowCount === 1
}

export async function setPassword(
  tx: Transaction,
  {
    userId,
    email,
    passwordHash,
    at,
  }: { userId: string; email: string; passwordHash: string; at: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE users
     SET password_hash = $3, email_verified_at = coalesce(email_verified_at, to_timestamp($4 / 1000.0))
     WHERE id = $1 AND email = $2`,
    [userId, email, passwordHash, at],
  )
  return rowCount === 1
}

/** Only the address that the mail went to is thereby verified. */
export async function markEmailVerified(
  tx: Transaction,
  { userId, email, verifiedAt }: { userId: string; email: string; verifiedAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE users SET email_verified_at = coalesce(email_verified_at, to_timestamp($3 / 1000.0))
     WHERE id = $1 AND email = $2`,
    [userId, email, verifiedAt],
  )
  return rowCount === 1
}

export async function readEmailOfUser(tx: Transaction, userId: string): Promise<string | null> {
  const { rows } = await tx.query<{ email: string }>('SELECT email FROM users WHERE id = $1', [
    userId,
  ])
  return rows[0]?.email ?? null
}

export async function readUserIdByEmail(tx: Transaction, email: string): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>('SELECT id FROM users WHERE email = $1', [email])
  return rows[0]?.id ?? null
}
