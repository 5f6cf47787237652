import type { Prisma } from '../../../generated/prisma/client.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Deps } from '../../deps.ts'
import type { Transaction } from '../../platform/database.ts'
import type { PolicySettings } from './policy.ts'

export type PolicyKey = { id: string; workspaceId: string }
type PolicyQuery = Pick<Prisma.EscalationPolicyFindUniqueArgs, 'select' | 'include'>

export function readPolicies({ database }: Deps, workspaceId: string, query: PolicyQuery) {
  return database.prisma.escalationPolicy.findMany({
    ...query,
    where: { workspaceId },
    orderBy: { id: 'asc' },
  })
}

export function readPolicy({ database }: Deps, where: PolicyKey, query: PolicyQuery) {
  return database.prisma.escalationPolicy.findUniqueOrThrow({ ...query, where })
}

/** Locks the workspace, so that of two policies made at once the second counts the first. */
export async function countPolicies(tx: Transaction, workspaceId: string): Promise<number> {
  await holdWorkspace(tx, workspaceId)
  const { rows } = await tx.query<{ policies: number }>(
    'SELECT count(*)::int AS policies FROM escalation_policies WHERE workspace_id = $1',
    [workspaceId],
  )
  return rows[0]!.policies
}

/** Its id. */
export async function insertPolicy(
  tx: Transaction,
  workspaceId: string,
  policy: PolicySettings,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO escalation_policies (workspace_id, name, steps, repeats, acknowledgement_minutes)
     VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [workspaceId, ...columns(policy)],
  )
  return rows[0]!.id
}

/** Null where the workspace has no such policy. */
export async function lockPolicy(
  tx: Transaction,
  { id, workspaceId }: PolicyKey,
): Promise<PolicySettings | null> {
  const { rows } = await tx.query<PolicySettings>(
    `SELECT name, steps, repeats, acknowledgement_minutes AS "acknowledgementMinutes"
     FROM escalation_policies WHERE id = $1 AND workspace_id = $2 FOR UPDATE`,
    [id, workspaceId],
  )
  return rows[0] ?? null
}

export async function savePolicy(
  tx: Transaction,
  id: string,
  policy: PolicySettings,
): Promise<void> {
  await tx.query(
    `UPDATE escalation_policies SET name = $2, steps = $3, repeats = $4, acknowledgement_minutes = $5
     WHERE id = $1`,
    [id, ...columns(policy)],
  )
}

export async function deletePolicyRow(
  tx: Transaction,
  { id, workspaceId }: PolicyKey,
): Promise<void> {
  await tx.query('DELETE FROM escalation_policies WHERE id = $1 AND workspace_id = $2', [
    id,
    workspaceId,
  ])
}

/** The monitors that went by it. Locked in their order, as everywhere. */
export async function unassignPolicy(
  tx: Transaction,
  { id, workspaceId }: PolicyKey,
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `UPDATE monitors SET escalation_policy_id = NULL
     WHERE id IN (
       SELECT id FROM monitors WHERE escalation_policy_id = $1 AND workspace_id = $2
       ORDER BY id FOR NO KEY UPDATE)
     RETURNING id`,
    [id, workspaceId],
  )
  return rows.map((row) => row.id)
}

/** False where the workspace has no such monitor. */
export async function assignPolicy(
  tx: Transaction,
  { monitorId, workspaceId }: { monitorId: string; workspaceId: string },
  policyId: string | null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'UPDATE monitors SET escalation_policy_id = $3 WHERE id = $1 AND workspace_id = $2',
    [monitorId, workspaceId, policyId],
  )
  return rowCount === 1
}

function columns({ name, steps, repeats, acknowledgementMinutes }: PolicySettings): unknown[] {
  return [name, JSON.stringify(steps), repeats, acknowledgementMinutes]
}
