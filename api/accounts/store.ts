import type { Role } from '../../generated/prisma/enums.ts'
import type { Sql, Transaction } from '../platform/database.ts'

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

type NewSession = {
  userId: string
  workspaceId: string
  tokenHash: Buffer
  createdAt: number
  expiresAt: number
}

export async function insertSession(tx: Transaction, session: NewSession): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO sessions (user_id, workspace_id, token_hash, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, to_timestamp($4 / 1000.0), to_timestamp($4 / 1000.0), to_timestamp($5 / 1000.0))
     RETURNING id`,
    [session.userId, session.workspaceId, session.tokenHash, session.createdAt, session.expiresAt],
  )
  return rows[0]!.id
}

export type SessionRow = {
  id: string
  userId: string
  workspaceId: string
  role: Role
  isSuspended: boolean
  lastUsedAt: number
  expiresAt: number
}

/** Null also where its user is no longer a member of its workspace. */
export async function readSession(sql: Sql, tokenHash: Buffer): Promise<SessionRow | null> {
  const { rows } = await sql.query<SessionRow>({
    name: 'read-session',
    text: `
      SELECT s.id, s.user_id AS "userId", s.workspace_id AS "workspaceId", m.role,
        w.suspended_at IS NOT NULL AS "isSuspended",
        (extract(epoch FROM s.last_used_at) * 1000)::float8 AS "lastUsedAt",
        (extract(epoch FROM s.expires_at) * 1000)::float8 AS "expiresAt"
      FROM sessions s
      JOIN workspaces w ON w.id = s.workspace_id
      JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id
      WHERE s.token_hash = $1`,
    values: [tokenHash],
  })
  return rows[0] ?? null
}

export async function touchSession(sql: Sql, id: string, usedAt: number): Promise<void> {
  await sql.query('UPDATE sessions SET last_used_at = to_timestamp($2 / 1000.0) WHERE id = $1', [
    id,
    usedAt,
  ])
}

export async function deleteSession(tx: Transaction, id: string): Promise<void> {
  await tx.query('DELETE FROM sessions WHERE id = $1', [id])
}

export async function deleteSessionsOfUser(tx: Transaction, userId: string): Promise<void> {
  await tx.query('DELETE FROM sessions WHERE user_id = $1', [userId])
}
