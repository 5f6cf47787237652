import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Sql, Transaction } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { NewProbe } from '../probe.ts'
import type { ProbeKey } from './key.ts'

type ProbeRow = NewProbe & {
  id: string
  workspaceId: string
  secret: Uint8Array
  createdAt: number
}

/** False where the region already has a live probe of the workspace, or one that serves everybody. */
export async function insertProbe(tx: Transaction, probe: ProbeRow): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO probes
       (id, workspace_id, name, kind, region, is_shared, secret, capabilities, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', to_timestamp($8 / 1000.0))
     ON CONFLICT DO NOTHING`,
    [
      probe.id,
      probe.workspaceId,
      probe.name,
      probe.kind,
      probe.region,
      probe.isShared,
      probe.secret,
      probe.createdAt,
    ],
  )
  return rowCount === 1
}

/** Locks the workspace, so that of two probes registered at once the second counts the first. */
export async function countLiveProbes(tx: Transaction, workspaceId: string): Promise<number> {
  await holdWorkspace(tx, workspaceId)
  const { rows } = await tx.query<{ probes: number }>(
    `SELECT count(*)::int AS probes FROM probes WHERE workspace_id = $1 AND revoked_at IS NULL`,
    [workspaceId],
  )
  return rows[0]!.probes
}

/** The secret of a probe that is not revoked, locked for a change; null where the workspace has none. */
export async function lockSecret(
  tx: Transaction,
  probe: { id: string; workspaceId: string },
): Promise<Uint8Array | null> {
  const { rows } = await tx.query<{ secret: Uint8Array }>(
    `SELECT secret FROM probes
     WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL FOR NO KEY UPDATE`,
    [probe.id, probe.workspaceId],
  )
  return rows[0]?.secret ?? null
}

export async function replaceSecret(
  tx: Transaction,
  probe: { id: string; secret: Uint8Array; former: Uint8Array; formerEndsAt: number },
): Promise<void> {
  await tx.query(
    `UPDATE probes
     SET secret = $2, former_secret = $3, former_secret_ends_at = to_timestamp($4 / 1000.0)
     WHERE id = $1`,
    [probe.id, probe.secret, probe.former, probe.formerEndsAt],
  )
}

/** False where the workspace has no such probe. One that is revoked already keeps its first instant. */
export async function markProbeRevoked(
  tx: Transaction,
  probe: { id: string; workspaceId: string; revokedAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE probes
     SET revoked_at = coalesce(revoked_at, to_timestamp($3 / 1000.0)), silence_check_at = NULL
     WHERE id = $1 AND workspace_id = $2`,
    [probe.id, probe.workspaceId, probe.revokedAt],
  )
  return rowCount === 1
}

/** Null for who is unknown, revoked, or of a workspace that is suspended. */
export async function readProbeKey(sql: Sql, id: string): Promise<ProbeKey | null> {
  const { rows } = await sql.query<ProbeKey>({
    name: 'read-probe-key',
    text: `
      SELECT p.id, p.workspace_id AS "workspaceId", p.region, p.is_shared AS "isShared", p.secret,
        p.former_secret AS "formerSecret",
        ${epochMs('p.former_secret_ends_at')} AS "formerSecretEndsAt"
      FROM probes p
      JOIN workspaces w ON w.id = p.workspace_id AND w.suspended_at IS NULL
      WHERE p.id = $1 AND p.revoked_at IS NULL`,
    values: [id],
  })
  return rows[0] ?? null
}
