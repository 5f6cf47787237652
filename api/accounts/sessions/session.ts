import { createHash, randomBytes } from 'node:crypto'
import type { Role } from '../../../generated/prisma/enums.ts'
import { permissionsOf, type Principal } from '../principal.ts'

const DAY_MS = 86_400_000
const TOKEN_BYTES = 32

export const SESSION_IDLE_MS = 7 * DAY_MS
export const SESSION_ABSOLUTE_MS = 30 * DAY_MS
/** Last use is written at most this often, so that reading costs no write. */
export const LAST_USED_STEP_MS = 60_000

/** The token is known here only: what is stored is its digest. */
export type SignedIn = { token: string; principal: Principal }

export type Session = {
  id: string
  userId: string
  workspaceId: string
  role: Role
  isSuspended: boolean
  lastUsedAt: number
  expiresAt: number
}

/** 256 random bits, base64url. Only its digest is ever stored. */
export function newSessionToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** SHA-256 is enough: there is nothing to guess in 256 random bits. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function isSessionAlive(
  session: { lastUsedAt: number; expiresAt: number },
  at: number,
): boolean {
  return at < session.expiresAt && at < session.lastUsedAt + SESSION_IDLE_MS
}

/** Who it lets in, as long as it is alive. */
export function principalOfSession({ id, userId, workspaceId, role }: Session): Principal {
  const permissions = permissionsOf(role)
  return { workspaceId, userId, role, permissions, credential: { kind: 'SESSION', sessionId: id } }
}
