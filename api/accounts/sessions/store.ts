import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { Session } from './session.ts'

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

/** Those only whose user is still a member of their workspace. */
const SESSIONS = `
  SELECT s.id, s.user_id AS "userId", s.workspace_id AS "workspaceId", m.role,
    w.suspended_at IS NOT NULL AS "isSuspended",
    ${epochMs('s.last_used_at')} AS "lastUsedAt",
    ${epochMs('s.expires_at')} AS "expiresAt"
  FROM sessions s
  JOIN workspaces w ON w.id = s.workspace_id
  JOIN memberships m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id`

export async function readSession(sql: Sql, tokenHash: Buffer): Promise<Session | null> {
  const { rows } = await sql.query<Session>({
    name: 'read-session',
    text: `${SESSIONS} WHERE s.token_hash = $1`,
    values: [tokenHash],
  })
  return rows[0] ?? null
}

export async function readSessionsById(sql: Sql, ids: readonly string[]): Promise<Session[]> {
  const { rows } = await sql.query<Session>({
    name: 'read-sessions-by-id',
    text: `${SESSIONS} WHERE s.id = ANY ($1::uuid[])`,
    values: [ids],
  })
  return rows
}

export async function touchSession(sql: Sql, id: string, usedAt: number): Promise<void> {
  await sql.query('UPDATE sessions SET last_used_at = to_timestamp($2 / 1000.0) WHERE id = $1', [
    id,
    usedAt,
  ])
}

export async function moveSession(
  tx: Transaction,
  { sessionId, workspaceId }: { sessionId: string; workspaceId: string },
): Promise<void> {
  await tx.query('UPDATE sessions SET workspace_id = $2 WHERE id = $1', [sessionId, workspaceId])
}

export async function deleteSession(tx: Transaction, id: string): Promise<void> {
  await tx.query('DELETE FROM sessions WHERE id = $1', [id])
}

export async function deleteSessionsOfUser(tx: Transaction, userId: string): Promise<void> {
  await tx.query('DELETE FROM sessions WHERE user_id = $1', [userId])
}

/** Those that a member has open in one workspace. */
export async function deleteSessionsOfMember(
  tx: Transaction,
  { workspaceId, userId }: { workspaceId: string; userId: string },
): Promise<void> {
  await tx.query('DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2', [
    workspaceId,
    userId,
  ])
}

/** Those past their end, and those that nobody has used for too long: neither lets anybody in. */
export async function deleteEndedSessions(
  sql: Sql,
  { at, unusedSince }: { at: number; unusedSince: number },
): Promise<void> {
  await sql.query(
    `DELETE FROM sessions
     WHERE expires_at <= to_timestamp($1 / 1000.0) OR last_used_at <= to_timestamp($2 / 1000.0)`,
    [at, unusedSince],
  )
}
