import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'
import { newestFirst } from '../../graphql/newest-first.ts'
import type { Transaction } from '../../platform/database.ts'

export function readApiKeys(deps: Deps, workspaceId: string, query: Prisma.ApiKeyFindManyArgs) {
  return deps.database.prisma.apiKey.findMany(newestFirst(query, { workspaceId }))
}

export function countApiKeys(deps: Deps, workspaceId: string): Promise<number> {
  return deps.database.prisma.apiKey.count({ where: { workspaceId } })
}

/** False where the workspace has no such key. A key that is revoked already keeps its first instant. */
export async function markApiKeyRevoked(
  tx: Transaction,
  key: { id: string; workspaceId: string; revokedAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE api_keys SET revoked_at = coalesce(revoked_at, to_timestamp($3 / 1000.0))
     WHERE id = $1 AND workspace_id = $2`,
    [key.id, key.workspaceId, key.revokedAt],
  )
  return rowCount === 1
}
