import type { Role } from '../../../generated/prisma/enums.ts'
import { Refusal } from '../../refusal.ts'

/** A yes, or the reason for the no. */
export type MembershipVerdict = { isAllowed: true } | { isAllowed: false; why: string }

const yes: MembershipVerdict = { isAllowed: true }

/** Only owners make owners; admins give every role below. */
export function mayGiveRole(asker: Role, given: Role): MembershipVerdict {
  if (given !== 'OWNER' || asker === 'OWNER') return yes
  return no('Only an owner may make another owner.')
}

/** Only owners touch owners, and the last one stays: a workspace without an owner could never be managed again. */
export function mayUnseat(asker: Role, member: Role, owners: number): MembershipVerdict {
  if (member !== 'OWNER') return yes
  if (asker !== 'OWNER') return no('Only an owner may change or remove an owner.')
  return owners > 1 ? yes : no('The last owner of a workspace stays its owner.')
}

export function refuseUnless(verdict: MembershipVerdict): void {
  if (!verdict.isAllowed) throw new Refusal('FORBIDDEN', verdict.why)
}

function no(why: string): MembershipVerdict {
  return { isAllowed: false, why }
}
