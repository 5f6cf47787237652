import { invariant } from '../../../core/invariant.ts'
import type { Role } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { withdrawAccess } from '../access/deeds.ts'
import { markInvitationAccepted } from '../invitations/store.ts'
import { redeemMailToken } from '../mails/deeds.ts'
import { leadsNowhere, type TokenField } from '../mails/token.ts'
import { permissionsOf, type Principal } from '../principal.ts'
import { deleteSessionsOfMember } from '../sessions/store.ts'
import { mayGiveRole, mayUnseat, refuseUnless } from './membership.ts'
import {
  countOwners,
  deleteMembership,
  holdWorkspace,
  insertMembership,
  insertWorkspace,
  readRole,
  updateRole,
} from './store.ts'

/** A new workspace with one owner. */
export async function openWorkspace(
  deps: Deps,
  tx: Transaction,
  { name, ownerId }: { name: string; ownerId: string },
): Promise<string> {
  const createdAt = deps.clock.now()
  const workspaceId = await insertWorkspace(tx, { name, createdAt })
  await insertMembership(tx, { workspaceId, userId: ownerId, role: 'OWNER', createdAt })
  return workspaceId
}

/** Uses the invitation up. It is for the invited address only, whoever holds the link. */
export async function joinByInvitation(
  deps: Deps,
  tx: Transaction,
  { userId, email, ...given }: { token: string; field: TokenField; userId: string; email: string },
): Promise<string> {
  const mail = await redeemMailToken(deps, tx, { kind: 'INVITATION', ...given })
  invariant(mail.invitationId !== null, 'an invitation mail belongs to an invitation')
  const at = deps.clock.now()
  const invitation = await markInvitationAccepted(tx, { id: mail.invitationId, acceptedAt: at })
  if (invitation === null) throw leadsNowhere(given.field)
  if (invitation.email !== email) throw forSomebodyElse()
  const { workspaceId, role } = invitation
  await insertMembership(tx, { workspaceId, userId, role, createdAt: at })
  return workspaceId
}

export function changeMemberRole(
  deps: Deps,
  principal: Principal,
  { userId, role }: { userId: string; role: Role },
): Promise<void> {
  const { workspaceId } = principal
  return inTransaction(deps.database, async (tx) => {
    const asker = await holdSeats(tx, principal)
    const current = await readRole(tx, { workspaceId, userId })
    if (current === null) throw notFound()
    if (current === role) return
    refuseUnless(mayGiveRole(asker, role))
    refuseUnless(mayUnseat(asker, current, await countOwners(tx, workspaceId)))
    await updateRole(tx, { workspaceId, userId, role })
    withdrawAccess(tx, userId)
  })
}

/** Their sessions in this workspace end, and the API keys that they made fall silent. */
export function removeMember(deps: Deps, principal: Principal, userId: string): Promise<void> {
  const { workspaceId } = principal
  return inTransaction(deps.database, async (tx) => {
    const asker = await holdSeats(tx, principal)
    const current = await readRole(tx, { workspaceId, userId })
    if (current === null) throw notFound()
    refuseUnless(mayUnseat(asker, current, await countOwners(tx, workspaceId)))
    await deleteSessionsOfMember(tx, { workspaceId, userId })
    await deleteMembership(tx, { workspaceId, userId })
    withdrawAccess(tx, userId)
  })
}

/** The asker's role, as it is once nobody else changes the workspace's members. */
export async function holdSeats(
  tx: Transaction,
  { workspaceId, userId }: Principal,
): Promise<Role> {
  await holdWorkspace(tx, workspaceId)
  const role = await readRole(tx, { workspaceId, userId })
  if (role === null || !permissionsOf(role).has('WORKSPACE_ADMIN')) {
    throw new Refusal('FORBIDDEN', 'You do not manage this workspace any more.')
  }
  return role
}

function forSomebodyElse(): Refusal {
  return new Refusal('FORBIDDEN', 'This invitation is for another e-mail address.')
}
