import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Role } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import type { Sql, Transaction } from '../../platform/database.ts'

type MemberKey = { workspaceId: string; userId: string }
type WorkspaceQuery = Pick<Prisma.WorkspaceFindUniqueOrThrowArgs, 'select' | 'include'>
type MembershipQuery = Pick<Prisma.MembershipFindUniqueOrThrowArgs, 'select' | 'include'>

export function readWorkspace(deps: Deps, id: string, query: WorkspaceQuery) {
  return deps.database.prisma.workspace.findUniqueOrThrow({ ...query, where: { id } })
}

export function readMembers(deps: Deps, workspaceId: string, query: MembershipQuery) {
  return deps.database.prisma.membership.findMany({
    ...query,
    where: { workspaceId },
    orderBy: [{ createdAt: 'asc' }, { userId: 'asc' }],
  })
}

export function readMember(deps: Deps, key: MemberKey, query: MembershipQuery) {
  return deps.database.prisma.membership.findUniqueOrThrow({
    ...query,
    where: { workspaceId_userId: key },
  })
}

export async function insertWorkspace(
  tx: Transaction,
  { name, createdAt }: { name: string; createdAt: number },
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO workspaces (name, created_at) VALUES ($1, to_timestamp($2 / 1000.0)) RETURNING id`,
    [name, createdAt],
  )
  return rows[0]!.id
}

export type MembershipRow = { workspaceId: string; userId: string; role: Role }

/** False where the user is a member already; their role stays what it is. */
export async function insertMembership(
  tx: Transaction,
  membership: MembershipRow & { createdAt: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO memberships (workspace_id, user_id, role, created_at)
     VALUES ($1, $2, $3, to_timestamp($4 / 1000.0))
     ON CONFLICT (workspace_id, user_id) DO NOTHING`,
    [membership.workspaceId, membership.userId, membership.role, membership.createdAt],
  )
  return rowCount === 1
}

/** The membership a session starts with: the one asked for, or the user's oldest. */
export async function readMembershipOfUser(
  sql: Sql,
  userId: string,
  workspaceId: string | null,
): Promise<MembershipRow | null> {
  const { rows } = await sql.query<MembershipRow>(
    `SELECT workspace_id AS "workspaceId", user_id AS "userId", role
     FROM memberships
     WHERE user_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
     ORDER BY created_at, workspace_id
     LIMIT 1`,
    [userId, workspaceId],
  )
  return rows[0] ?? null
}

/** Changes that must see each other happen one after the other in a workspace: of two at once, the second waits here. */
export async function holdWorkspace(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.query('SELECT 1 FROM workspaces WHERE id = $1 FOR NO KEY UPDATE', [workspaceId])
}

/** Null for who is no member here. */
export async function readRole(sql: Sql, { workspaceId, userId }: MemberKey): Promise<Role | null> {
  const { rows } = await sql.query<{ role: Role }>(
    'SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2',
    [workspaceId, userId],
  )
  return rows[0]?.role ?? null
}

export async function isMemberByEmail(
  sql: Sql,
  { workspaceId, email }: { workspaceId: string; email: string },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id
     WHERE m.workspace_id = $1 AND u.email = $2`,
    [workspaceId, email],
  )
  return rowCount === 1
}

export async function countOwners(sql: Sql, workspaceId: string): Promise<number> {
  const { rows } = await sql.query<{ owners: number }>(
    `SELECT count(*)::int AS owners FROM memberships WHERE workspace_id = $1 AND role = 'OWNER'`,
    [workspaceId],
  )
  return rows[0]!.owners
}

export async function updateRole(
  tx: Transaction,
  { workspaceId, userId, role }: MembershipRow,
): Promise<void> {
  await tx.query('UPDATE memberships SET role = $3 WHERE workspace_id = $1 AND user_id = $2', [
    workspaceId,
    userId,
    role,
  ])
}

export async function deleteMembership(
  tx: Transaction,
  { workspaceId, userId }: MemberKey,
): Promise<void> {
  await tx.query('DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2', [
    workspaceId,
    userId,
  ])
}
