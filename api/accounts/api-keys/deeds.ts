import type { Deps } from '../../deps.ts'
import { parseInput } from '../../input.ts'
import { inTransaction } from '../../platform/database.ts'
import { badInput, notFound, Refusal } from '../../refusal.ts'
import { withdrawAccess } from '../access/deeds.ts'
import { may, type Permission, type Principal } from '../principal.ts'
import { apiKeyInput, newApiKey } from './api-key.ts'
import { countLiveApiKeys, insertApiKey, markApiKeyRevoked } from './store.ts'

const MAX_API_KEYS = 200

type CreateApiKey = { name: string; scopes: Permission[]; expiresAt?: Date | null }

/** The token is in the answer only: what is stored is a digest. */
export function createApiKey(
  deps: Deps,
  principal: Principal,
  input: CreateApiKey,
): Promise<{ apiKeyId: string; token: string }> {
  const { name, scopes, expiresAt } = parseInput(apiKeyInput, input)
  const createdAt = deps.clock.now()
  if (expiresAt && expiresAt.getTime() <= createdAt)
    throw badInput('expiresAt', 'must be in the future')
  const beyond = scopes.find((scope) => !may(principal, scope))
  if (beyond) throw new Refusal('FORBIDDEN', `Your own role does not carry ${beyond}.`)
  const { publicId, secretHash, shownOnce } = newApiKey()
  return inTransaction(deps.database, async (tx) => {
    if ((await countLiveApiKeys(tx, principal.workspaceId)) >= MAX_API_KEYS) throw isFull()
    const apiKeyId = await insertApiKey(tx, {
      workspaceId: principal.workspaceId,
      createdById: principal.userId,
      name,
      publicId,
      secretHash,
      scopes: [...new Set(scopes)],
      createdAt,
      expiresAt: expiresAt?.getTime() ?? null,
    })
    return { apiKeyId, token: shownOnce }
  })
}

export function revokeApiKey(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const key = { id, workspaceId, revokedAt: deps.clock.now() }
    if (!(await markApiKeyRevoked(tx, key))) throw notFound()
    withdrawAccess(tx, id)
  })
}

function isFull(): Refusal {
  return new Refusal('LIMIT_REACHED', `A workspace has at most ${MAX_API_KEYS} API keys in use.`)
}
