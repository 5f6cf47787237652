import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { withdrawAccess } from '../access/deeds.ts'
import { permissionsOf, type Principal, sessionIdOf } from '../principal.ts'
import { emailAddress } from '../users/email.ts'
import { hashPassword, verifyPassword, wrongCredentials } from '../users/password.ts'
import { holdPassword, readPasswordByEmail, replacePassword } from '../users/store.ts'
import { joinByInvitation } from '../workspaces/deeds.ts'
import { readMembershipOfUser } from '../workspaces/store.ts'
import { digestOf, newSessionToken, SESSION_ABSOLUTE_MS, type SignedIn } from './session.ts'
import { deleteSession, deleteSessionsOfUser, insertSession, moveSession } from './store.ts'

type SignIn = { email: string; password: string; invitation?: string | null }

/** A wrong address and a wrong password are one refusal, after the same work. */
export async function signIn(deps: Deps, input: SignIn): Promise<SignedIn> {
  const email = emailAddress.safeParse(input.email).data ?? ''
  const account = await readPasswordByEmail(deps.database.pool, email)
  const verdict = await verifyPassword(input.password, account?.passwordHash ?? null)
  if (account === null || verdict === 'WRONG') throw wrongCredentials()
  const { userId, passwordHash } = account
  const renewed = verdict === 'RIGHT_BUT_OUTDATED' ? await hashPassword(input.password) : null
  const { invitation: token } = input
  return inTransaction(deps.database, async (tx) => {
    if (!(await holdPassword(tx, { userId, passwordHash }))) throw wrongCredentials()
    if (renewed) await replacePassword(tx, { userId, from: passwordHash, to: renewed })
    const workspaceId = token
      ? await joinByInvitation(deps, tx, { token, field: 'invitation', userId, email })
      : null
    return startSession(deps, tx, { userId, workspaceId })
  })
}

/** Ends the session that asks, or with `everywhere` all of its user. */
export function signOut(deps: Deps, principal: Principal, everywhere: boolean): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (everywhere) await deleteSessionsOfUser(tx, principal.userId)
    else await deleteSession(tx, sessionIdOf(principal))
    withdrawAccess(tx, principal.userId)
  })
}

export function switchWorkspace(
  deps: Deps,
  principal: Principal,
  workspaceId: string,
): Promise<Principal> {
  return inTransaction(deps.database, (tx) => enterWorkspace(tx, principal, workspaceId))
}

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

/** The session goes on in another workspace of its user's. */
export async function enterWorkspace(
  tx: Transaction,
  principal: Principal,
  workspaceId: string,
): Promise<Principal> {
  const membership = await readMembershipOfUser(tx, principal.userId, workspaceId)
  if (membership === null) throw notFound()
  await moveSession(tx, { sessionId: sessionIdOf(principal), workspaceId })
  withdrawAccess(tx, principal.userId)
  return { ...principal, ...membership, permissions: permissionsOf(membership.role) }
}

function homeless(): Refusal {
  return new Refusal('FORBIDDEN', 'You belong to no workspace. Sign in with an invitation to one.')
}
