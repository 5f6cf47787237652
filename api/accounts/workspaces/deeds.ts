import { z } from 'zod'
import { Role } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import { parseInput } from '../../input.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { emailAddress } from '../email.ts'
import { insertAccountMail, readEmailOfUser } from '../mails/store.ts'
import { permissionsOf, type Principal, sessionIdOf } from '../principal.ts'
import {
  countSeats,
  deleteInvitation,
  deleteOpenInvitations,
  insertInvitation,
  isMemberByEmail,
} from './invitation-store.ts'
import { joinByInvitation } from './joining.ts'
import { mayGiveRole, mayUnseat, type MembershipVerdict } from './membership.ts'
import {
  countOwners,
  deleteMembership,
  holdWorkspace,
  moveSession,
  readMembershipOfUser,
  readRole,
  updateRole,
} from './store.ts'

const INVITATION_LASTS_MS = 7 * 86_400_000
/** Members are listed whole, without pages. */
const MAX_SEATS = 500

const inviteInput = z.object({ email: emailAddress, role: z.enum(Role) })

/** Asked again for the same address, the new invitation replaces the old one. */
export function inviteMember(
  deps: Deps,
  principal: Principal,
  input: { email: string; role: Role },
): Promise<string> {
  const { email, role } = parseInput(inviteInput, input)
  const { workspaceId, userId: invitedById } = principal
  return inTransaction(deps.database, async (tx) => {
    refuseUnless(mayGiveRole(await holdSeats(tx, principal), role))
    if (await isMemberByEmail(tx, { workspaceId, email })) throw isMemberAlready()
    await deleteOpenInvitations(tx, { workspaceId, email })
    const createdAt = deps.clock.now()
    if ((await countSeats(tx, { workspaceId, at: createdAt })) >= MAX_SEATS) throw isFull()
    const times = { createdAt, expiresAt: createdAt + INVITATION_LASTS_MS }
    const invitation = { workspaceId, invitedById, email, role, ...times }
    const invitationId = await insertInvitation(tx, invitation)
    const mail = { kind: 'INVITATION', userId: null, invitationId, recipient: email } as const
    await insertAccountMail(tx, { ...mail, ...times })
    return invitationId
  })
}

export function withdrawInvitation(
  deps: Deps,
  { workspaceId }: Principal,
  id: string,
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (!(await deleteInvitation(tx, { id, workspaceId }))) throw notFound()
  })
}

/** For who has an account and is signed in; the session moves to the workspace joined. */
export function acceptInvitation(
  deps: Deps,
  principal: Principal,
  token: string,
): Promise<Principal> {
  const { userId } = principal
  return inTransaction(deps.database, async (tx) => {
    const email = (await readEmailOfUser(tx, userId)) ?? ''
    const workspaceId = await joinByInvitation(deps, tx, { token, userId, email })
    return moveTo(tx, principal, workspaceId)
  })
}

export function switchWorkspace(
  deps: Deps,
  principal: Principal,
  workspaceId: string,
): Promise<Principal> {
  return inTransaction(deps.database, (tx) => moveTo(tx, principal, workspaceId))
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
    await deleteMembership(tx, { workspaceId, userId })
  })
}

/** The asker's role, as it is once nobody else changes the workspace's members. */
async function holdSeats(tx: Transaction, { workspaceId, userId }: Principal): Promise<Role> {
  await holdWorkspace(tx, workspaceId)
  const role = await readRole(tx, { workspaceId, userId })
  if (role === null || !permissionsOf(role).has('WORKSPACE_ADMIN')) {
    throw new Refusal('FORBIDDEN', 'You do not manage this workspace any more.')
  }
  return role
}

async function moveTo(
  tx: Transaction,
  principal: Principal,
  workspaceId: string,
): Promise<Principal> {
  const membership = await readMembershipOfUser(tx, principal.userId, workspaceId)
  if (membership === null) throw notFound()
  await moveSession(tx, { sessionId: sessionIdOf(principal), workspaceId })
  return { ...principal, ...membership, permissions: permissionsOf(membership.role) }
}

function refuseUnless(verdict: MembershipVerdict): void {
  if (!verdict.isAllowed) throw new Refusal('FORBIDDEN', verdict.why)
}

function isMemberAlready(): Refusal {
  return new Refusal('CONFLICT', 'This address belongs to a member already.')
}

function isFull(): Refusal {
  return new Refusal(
    'LIMIT_REACHED',
    `A workspace has at most ${MAX_SEATS} members and invitations.`,
  )
}
