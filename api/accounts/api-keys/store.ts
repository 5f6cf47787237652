import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'
import { newestFirst } from '../../page.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import { holdWorkspace } from '../workspaces/store.ts'
import type { ApiKey } from './api-key.ts'

export function readApiKeys(deps: Deps, workspaceId: string, query: Prisma.ApiKeyFindManyArgs) {
  return deps.database.prisma.apiKey.findMany(newestFirst(query, { workspaceId }))
}

export function readApiKey(
  deps: Deps,
  key: { id: string; workspaceId: string },
  query: Pick<Prisma.ApiKeyFindUniqueOrThrowArgs, 'select' | 'include'>,
) {
  return deps.database.prisma.apiKey.findUniqueOrThrow({ ...query, where: key })
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

/** Locks the workspace, so that of two keys made at once the second counts the first. */
export async function countLiveApiKeys(tx: Transaction, workspaceId: string): Promise<number> {
  await holdWorkspace(tx, workspaceId)
  const { rows } = await tx.query<{ keys: number }>(
    `SELECT count(*)::int AS keys FROM api_keys WHERE workspace_id = $1 AND revoked_at IS NULL`,
    [workspaceId],
  )
  return rows[0]!.keys
}

type NewApiKeyRow = {
  workspaceId: string
  createdById: string
  name: string
  publicId: string
  secretHash: Buffer
  scopes: readonly string[]
  createdAt: number
  expiresAt: number | null
}

export async function insertApiKey(tx: Transaction, key: NewApiKeyRow): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO api_keys
       (workspace_id, created_by_id, name, public_id, secret_hash, scopes, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0), to_timestamp($8 / 1000.0))
     RETURNING id`,
    [
      key.workspaceId,
      key.createdById,
      key.name,
      key.publicId,
      key.secretHash,
      key.scopes,
      key.createdAt,
      key.expiresAt,
    ],
  )
  return rows[0]!.id
}

/** Those only whose maker is still a member. */
const API_KEYS = `
  SELECT k.id, k.workspace_id AS "workspaceId", m.user_id AS "userId", m.role, k.scopes,
    k.secret_hash AS "secretHash", w.suspended_at IS NOT NULL AS "isSuspended",
    ${epochMs('k.revoked_at')} AS "revokedAt",
    ${epochMs('k.expires_at')} AS "expiresAt",
    ${epochMs('k.last_used_at')} AS "lastUsedAt"
  FROM api_keys k
  JOIN workspaces w ON w.id = k.workspace_id
  JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = k.created_by_id`

export async function readApiKeyByPublicId(sql: Sql, publicId: string): Promise<ApiKey | null> {
  const { rows } = await sql.query<ApiKey>({
    name: 'read-api-key',
    text: `${API_KEYS} WHERE k.public_id = $1`,
    values: [publicId],
  })
  return rows[0] ?? null
}

export async function readApiKeysById(sql: Sql, ids: readonly string[]): Promise<ApiKey[]> {
  const { rows } = await sql.query<ApiKey>({
    name: 'read-api-keys-by-id',
    text: `${API_KEYS} WHERE k.id = ANY ($1::uuid[])`,
    values: [ids],
  })
  return rows
}

export async function touchApiKey(sql: Sql, id: string, usedAt: number): Promise<void> {
  await sql.query('UPDATE api_keys SET last_used_at = to_timestamp($2 / 1000.0) WHERE id = $1', [
    id,
    usedAt,
  ])
}
