import { randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Role } from '../../../generated/prisma/enums.ts'
import { typedText } from '../../input.ts'
import { type Permission, permissions, permissionsOf, type Principal } from '../principal.ts'
import { digestOf } from '../sessions/session.ts'

const PUBLIC_ID_BYTES = 8
const SECRET_BYTES = 32
const MAX_NAME_LENGTH = 100

export const apiKeyInput = z.object({
  name: typedText(MAX_NAME_LENGTH),
  scopes: z.array(z.enum(permissions)).min(1, 'must name at least one scope'),
  expiresAt: z.date().nullish(),
})

export type NewApiKey = { publicId: string; secretHash: Buffer; shownOnce: string }

export function newApiKey(): NewApiKey {
  const publicId = randomBytes(PUBLIC_ID_BYTES).toString('hex')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { publicId, secretHash: digestOf(secret), shownOnce: `pharos_${publicId}_${secret}` }
}

export type ApiKeyState = {
  secretHash: Buffer
  revokedAt: number | null
  expiresAt: number | null
}

export type ApiKey = ApiKeyState & {
  id: string
  workspaceId: string
  /** Its maker. */
  userId: string
  role: Role
  scopes: string[]
  isSuspended: boolean
  lastUsedAt: number | null
}

const nobodysDigest = randomBytes(SECRET_BYTES)

/** Compares in constant time, also where there is no such key. */
export function isApiKeyValid(key: ApiKeyState | null, secret: string, at: number): boolean {
  const isSecretRight = timingSafeEqual(digestOf(secret), key?.secretHash ?? nobodysDigest)
  return key !== null && isSecretRight && isApiKeyAlive(key, at)
}

export function isApiKeyAlive(
  { revokedAt, expiresAt }: Pick<ApiKeyState, 'revokedAt' | 'expiresAt'>,
  at: number,
): boolean {
  return revokedAt === null && (expiresAt === null || at < expiresAt)
}

/** Who it lets in, as long as it is alive. */
export function principalOfApiKey({ id, userId, workspaceId, role, scopes }: ApiKey): Principal {
  const permissions = permissionsOfApiKey(scopes, role)
  return { workspaceId, userId, role, permissions, credential: { kind: 'API_KEY', apiKeyId: id } }
}

/** A key never may more than its maker may now: a demotion or removal takes effect at once. */
export function permissionsOfApiKey(scopes: readonly string[], makersRole: Role): Set<Permission> {
  const makers = permissionsOf(makersRole)
  return new Set([...makers].filter((permission) => scopes.includes(permission)))
}
