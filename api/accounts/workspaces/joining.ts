import { invariant } from '../../../core/invariant.ts'
import type { Deps } from '../../deps.ts'
import type { Transaction } from '../../platform/database.ts'
import { Refusal } from '../../refusal.ts'
import { leadsNowhere, redeemMailToken } from '../mails/redeem.ts'
import { markInvitationAccepted } from './invitation-store.ts'
import { insertMembership, insertWorkspace } from './store.ts'

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
  { token, userId, email }: { token: string; userId: string; email: string },
): Promise<string> {
  const mail = await redeemMailToken(deps, tx, { kind: 'INVITATION', token })
  invariant(mail.invitationId !== null, 'an invitation mail belongs to an invitation')
  const at = deps.clock.now()
  const invitation = await markInvitationAccepted(tx, { id: mail.invitationId, acceptedAt: at })
  if (invitation === null) throw leadsNowhere()
  if (invitation.email !== email) throw forSomebodyElse()
  const { workspaceId, role } = invitation
  await insertMembership(tx, { workspaceId, userId, role, createdAt: at })
  return workspaceId
}

function forSomebodyElse(): Refusal {
  return new Refusal('FORBIDDEN', 'This invitation is for another e-mail address.')
}
