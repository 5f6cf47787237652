import type { Deps } from '../../deps.ts'
import type { Transaction } from '../../platform/database.ts'
import { Refusal } from '../../refusal.ts'
import type { LinkMailKind } from '../mail.ts'
import { markMailUsed } from './store.ts'
import { mailIdOf } from './token.ts'

/** Uses the token up, or refuses alike what is forged, used, expired or meant for something else. */
export async function redeemMailToken(
  deps: Deps,
  tx: Transaction,
  { kind, token }: { kind: LinkMailKind; token: string },
): Promise<{ userId: string | null; invitationId: string | null; recipient: string }> {
  const id = mailIdOf(deps.keyring, kind, token)
  const mail = id && (await markMailUsed(tx, { id, kind, usedAt: deps.clock.now() }))
  if (!mail) throw leadsNowhere()
  return mail
}

export function leadsNowhere(): Refusal {
  return new Refusal('BAD_USER_INPUT', 'This link leads nowhere any more. Ask for a new one.', {
    issues: [{ path: ['token'], message: 'is unknown, used or expired' }],
  })
}
