import type { Deps } from '../deps.ts'
import { Refusal } from '../refusal.ts'
import { isApiKeyValid, principalOfApiKey } from './api-keys/api-key.ts'
import { readApiKeyByPublicId, touchApiKey } from './api-keys/store.ts'
import type { Credential } from './credential.ts'
import type { Principal } from './principal.ts'
import {
  digestOf,
  isSessionAlive,
  LAST_USED_STEP_MS,
  principalOfSession,
} from './sessions/session.ts'
import { readSession, touchSession } from './sessions/store.ts'

/**
 * Who is asking. Null without credentials, and with a cookie that has ended: a browser sends that by
 * itself. A header that is not true is refused.
 */
export async function authenticate(deps: Deps, credential: Credential): Promise<Principal | null> {
  if (credential.kind === 'NONE') return null
  const principal = await principalOfCredential(deps, credential)
  if (principal !== null) return principal
  if (credential.kind === 'SESSION' && credential.from === 'COOKIE') return null
  throw new Refusal('UNAUTHENTICATED', 'This token is unknown, expired or revoked.')
}

async function principalOfCredential(
  deps: Deps,
  credential: Exclude<Credential, { kind: 'NONE' }>,
): Promise<Principal | null> {
  switch (credential.kind) {
    case 'MALFORMED':
      return null
    case 'SESSION':
      return comeInBySession(deps, credential.token)
    case 'API_KEY':
      return comeInByApiKey(deps, credential)
  }
}

async function comeInBySession(deps: Deps, token: string): Promise<Principal | null> {
  const at = deps.clock.now()
  const session = await readSession(deps.database.pool, digestOf(token))
  if (session === null || !isSessionAlive(session, at)) return null
  if (session.isSuspended) throw suspended()
  if (isStale(session.lastUsedAt, at)) await touchSession(deps.database.pool, session.id, at)
  return principalOfSession(session)
}

async function comeInByApiKey(
  deps: Deps,
  { publicId, secret }: { publicId: string; secret: string },
): Promise<Principal | null> {
  const at = deps.clock.now()
  const key = await readApiKeyByPublicId(deps.database.pool, publicId)
  if (!isApiKeyValid(key, secret, at) || key === null) return null
  if (key.isSuspended) throw suspended()
  if (isStale(key.lastUsedAt, at)) await touchApiKey(deps.database.pool, key.id, at)
  return principalOfApiKey(key)
}

function isStale(lastUsedAt: number | null, at: number): boolean {
  return lastUsedAt === null || at >= lastUsedAt + LAST_USED_STEP_MS
}

function suspended(): Refusal {
  return new Refusal('FORBIDDEN', 'This workspace is suspended.')
}
