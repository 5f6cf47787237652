import { z } from 'zod'
import { Role } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import { parseInput } from '../../input.ts'
import { inTransaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { insertAccountMail } from '../mails/store.ts'
import type { Principal } from '../principal.ts'
import { enterWorkspace } from '../sessions/deeds.ts'
import { emailAddress } from '../users/email.ts'
import { readEmailOfUser } from '../users/store.ts'
import { holdSeats, joinByInvitation } from '../workspaces/deeds.ts'
import { mayGiveRole, refuseUnless } from '../workspaces/membership.ts'
import { isMemberByEmail } from '../workspaces/store.ts'
import { countSeats, deleteInvitation, deleteOpenInvitations, insertInvitation } from './store.ts'

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
    await deleteOpenInvitations(tx, { workspaceId, email })
    // Asked once whoever accepts one of those is through.
    if (await isMemberByEmail(tx, { workspaceId, email })) throw isMemberAlready()
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
    const workspaceId = await joinByInvitation(deps, tx, { token, field: 'token', userId, email })
    return enterWorkspace(tx, principal, workspaceId)
  })
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
