import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Role } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import { newestFirst } from '../../page.ts'
import type { Sql, Transaction } from '../../platform/database.ts'

type InvitationQuery = Pick<Prisma.InvitationFindUniqueOrThrowArgs, 'select' | 'include'>

export function readInvitations(
  deps: Deps,
  workspaceId: string,
  query: Prisma.InvitationFindManyArgs,
) {
  return deps.database.prisma.invitation.findMany(newestFirst(query, { workspaceId }))
}

export function countInvitations(deps: Deps, workspaceId: string): Promise<number> {
  return deps.database.prisma.invitation.count({ where: { workspaceId } })
}

export function readInvitation(
  deps: Deps,
  key: { id: string; workspaceId: string },
  query: InvitationQuery,
) {
  return deps.database.prisma.invitation.findUniqueOrThrow({ ...query, where: key })
}

type NewInvitation = {
  workspaceId: string
  invitedById: string
  email: string
  role: Role
  createdAt: number
  expiresAt: number
}

export async function insertInvitation(
  tx: Transaction,
  invitation: NewInvitation,
): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    `INSERT INTO invitations (workspace_id, invited_by_id, email, role, created_at, expires_at)
     VALUES ($1, $2, $3, $4, to_timestamp($5 / 1000.0), to_timestamp($6 / 1000.0))
     RETURNING id`,
    [
      invitation.workspaceId,
      invitation.invitedById,
      invitation.email,
      invitation.role,
      invitation.createdAt,
      invitation.expiresAt,
    ],
  )
  return rows[0]!.id
}

/** Null where somebody was first, where it expired, or where it was withdrawn. */
export async function markInvitationAccepted(
  tx: Transaction,
  { id, acceptedAt }: { id: string; acceptedAt: number },
): Promise<{ workspaceId: string; email: string; role: Role } | null> {
  const { rows } = await tx.query<{ workspaceId: string; email: string; role: Role }>(
    `UPDATE invitations SET accepted_at = to_timestamp($2 / 1000.0)
     WHERE id = $1 AND accepted_at IS NULL AND expires_at > to_timestamp($2 / 1000.0)
     RETURNING workspace_id AS "workspaceId", email, role`,
    [id, acceptedAt],
  )
  return rows[0] ?? null
}

/** The links of the invitations that are replaced lead nowhere from now on. */
export async function deleteOpenInvitations(
  tx: Transaction,
  { workspaceId, email }: { workspaceId: string; email: string },
): Promise<void> {
  await tx.query(
    'DELETE FROM invitations WHERE workspace_id = $1 AND email = $2 AND accepted_at IS NULL',
    [workspaceId, email],
  )
}

export async function deleteInvitation(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'DELETE FROM invitations WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL',
    [id, workspaceId],
  )
  return rowCount === 1
}

/** Members and those who may still become members. */
export async function countSeats(
  sql: Sql,
  { workspaceId, at }: { workspaceId: string; at: number },
): Promise<number> {
  const { rows } = await sql.query<{ seats: number }>(
    `SELECT (SELECT count(*) FROM memberships WHERE workspace_id = $1)::int
       + (SELECT count(*) FROM invitations WHERE workspace_id = $1 AND accepted_at IS NULL
            AND expires_at > to_timestamp($2 / 1000.0))::int AS seats`,
    [workspaceId, at],
  )
  return rows[0]!.seats
}
