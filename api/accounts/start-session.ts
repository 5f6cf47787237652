import type { Deps } from '../deps.ts'
import type { Transaction } from '../platform/database.ts'
import { Refusal } from '../refusal.ts'
import { permissionsOf, type Principal } from './principal.ts'
import { digestOf, newSessionToken, SESSION_ABSOLUTE_MS } from './session.ts'
import { insertSession } from './store.ts'
import { readMembershipOfUser } from './workspaces/store.ts'

/** The token is known here only: what is stored is its digest. */
export type SignedIn = { token: string; principal: Principal }

/** In the workspace asked for, or the one the user has belonged to the longest. */
export async function startSession(
  deps: Deps,
  tx: Transaction,
  { userId, workspaceId }: { userId: string; workspaceId: string | null },
): Promise<SignedIn> {
  const membership = await readMembershipOfUser(tx, userId, workspaceId)
  if (membership === null) throw homeless()
  const token = newSessionToken()
  const createdAt = deps.clock.now()
  const sessionId = await insertSession(tx, {
    userId,
    workspaceId: membership.workspaceId,
    tokenHash: digestOf(token),
    createdAt,
    expiresAt: createdAt + SESSION_ABSOLUTE_MS,
  })
  const permissions = permissionsOf(membership.role)
  return {
    token,
    principal: { ...membership, permissions, credential: { kind: 'SESSION', sessionId } },
  }
}

function homeless(): Refusal {
  return new Refusal('FORBIDDEN', 'You belong to no workspace. Sign in with an invitation to one.')
}
