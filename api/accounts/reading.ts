import type { Deps } from '../deps.ts'
import { isApiKeyAlive, principalOfApiKey } from './api-keys/api-key.ts'
import { readApiKeysById } from './api-keys/store.ts'
import { credentialIdOf, type Principal } from './principal.ts'
import { isSessionAlive, principalOfSession } from './sessions/session.ts'
import { readSessionsById } from './sessions/store.ts'

/**
 * Who these are now, by the id of their session or API key; whoever would not be let in again is missing.
 * To look is no use of a session.
 */
export async function readPrincipals(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  known: Iterable<Principal>,
): Promise<Map<string, Principal>> {
  const { sessionIds, apiKeyIds } = idsOf(known)
  const [sessions, apiKeys] = await Promise.all([
    readSessionsById(database.pool, sessionIds),
    readApiKeysById(database.pool, apiKeyIds),
  ])
  const at = clock.now()
  const principals = [
    ...sessions
      .filter((session) => isSessionAlive(session, at) && !session.isSuspended)
      .map(principalOfSession),
    ...apiKeys.filter((key) => isApiKeyAlive(key, at) && !key.isSuspended).map(principalOfApiKey),
  ]
  return new Map(principals.map((principal) => [credentialIdOf(principal), principal]))
}

function idsOf(known: Iterable<Principal>): { sessionIds: string[]; apiKeyIds: string[] } {
  const sessionIds = new Set<string>()
  const apiKeyIds = new Set<string>()
  for (const { credential } of known) {
    if (credential.kind === 'SESSION') sessionIds.add(credential.sessionId)
    if (credential.kind === 'API_KEY') apiKeyIds.add(credential.apiKeyId)
  }
  return { sessionIds: [...sessionIds], apiKeyIds: [...apiKeyIds] }
}
