import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { Refusal } from '../../refusal.ts'
import type { Principal } from '../principal.ts'
import { markApiKeyRevoked } from './store.ts'

export function revokeApiKey(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const key = { id, workspaceId, revokedAt: deps.clock.now() }
    if (!(await markApiKeyRevoked(tx, key)))
      throw new Refusal('NOT_FOUND', 'There is no such object.')
  })
}
