import type { Deps } from '../deps.ts'
import { parseInput } from '../input.ts'
import { inTransaction } from '../platform/database.ts'
import { Refusal } from '../refusal.ts'
import { emailAddress } from './email.ts'
import { changePasswordInput, hashPassword, verifyPassword } from './password.ts'
import { type Principal, sessionIdOf } from './principal.ts'
import { mayOpenAccount, signUpInput, workspaceNameOf } from './sign-up.ts'
import { type SignedIn, startSession } from './start-session.ts'
import {
  claimInstallation,
  deleteSession,
  deleteSessionsOfUser,
  holdPassword,
  insertUser,
  isInstallationClaimed,
  readPasswordByEmail,
  readPasswordOfUser,
  replacePassword,
} from './store.ts'
import { joinByInvitation, openWorkspace } from './workspaces/joining.ts'

type SignUp = { email: string; password: string; name: string; invitation?: string | null }
type SignIn = { email: string; password: string; invitation?: string | null }
type ChangePassword = { currentPassword: string; newPassword: string }

/** User, workspace, membership and session in one transaction: all of it or nothing. */
export async function signUp(deps: Deps, input: SignUp): Promise<SignedIn> {
  const { email, name, invitation, ...wanted } = parseInput(signUpInput, input)
  if (!invitation) await refuseClosed(deps)
  const passwordHash = await hashPassword(wanted.password)
  const createdAt = deps.clock.now()
  return inTransaction(deps.database, async (tx) => {
    const user = {
      email,
      name,
      passwordHash,
      emailVerifiedAt: invitation ? createdAt : null,
      createdAt,
    }
    const userId = await insertUser(tx, user)
    if (userId === null) throw new Refusal('CONFLICT', 'This address has an account already.')
    const isFirst = await claimInstallation(tx, { ownerId: userId, createdAt })
    if (!invitation && !mayOpenAccount(deps.environment.signUp, isFirst)) throw closed()
    const workspaceId = invitation
      ? await joinByInvitation(deps, tx, { token: invitation, userId, email })
      : await openWorkspace(deps, tx, { name: workspaceNameOf(name), ownerId: userId })
    return startSession(deps, tx, { userId, workspaceId })
  })
}

/** A wrong address and a wrong password are one refusal, after the same work. */
export async function signIn(deps: Deps, input: SignIn): Promise<SignedIn> {
  const email = emailAddress.safeParse(input.email).data ?? ''
  const account = await readPasswordByEmail(deps.database.pool, email)
  const verdict = await verifyPassword(input.password, account?.passwordHash ?? null)
  if (account === null || verdict === 'WRONG') throw wrongCredentials()
  const { userId, passwordHash } = account
  const renewed = verdict === 'RIGHT_BUT_OUTDATED' ? await hashPassword(input.password) : null
  return inTransaction(deps.database, async (tx) => {
    if (!(await holdPassword(tx, { userId, passwordHash }))) throw wrongCredentials()
    if (renewed) await replacePassword(tx, { userId, from: passwordHash, to: renewed })
    const workspaceId = input.invitation
      ? await joinByInvitation(deps, tx, { token: input.invitation, userId, email })
      : null
    return startSession(deps, tx, { userId, workspaceId })
  })
}

/** Ends the session that asks, or with `everywhere` all of its user. */
export function signOut(deps: Deps, principal: Principal, everywhere: boolean): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (everywhere) await deleteSessionsOfUser(tx, principal.userId)
    else await deleteSession(tx, sessionIdOf(principal))
  })
}

/** Ends every session of the user and starts a new one for the caller. */
export async function changePassword(
  deps: Deps,
  { userId, workspaceId }: Principal,
  input: ChangePassword,
): Promise<SignedIn> {
  const { newPassword } = parseInput(changePasswordInput, input)
  const from = await readPasswordOfUser(deps.database.pool, userId)
  if ((await verifyPassword(input.currentPassword, from)) === 'WRONG') throw wrongCredentials()
  const to = await hashPassword(newPassword)
  return inTransaction(deps.database, async (tx) => {
    if (from === null || !(await replacePassword(tx, { userId, from, to }))) throw overtaken()
    await deleteSessionsOfUser(tx, userId)
    return startSession(deps, tx, { userId, workspaceId })
  })
}

/** Spares the hash; the transaction decides. */
async function refuseClosed(deps: Deps): Promise<void> {
  const isFirst = !(await isInstallationClaimed(deps.database.pool))
  if (!mayOpenAccount(deps.environment.signUp, isFirst)) throw closed()
}

function closed(): Refusal {
  return new Refusal('FORBIDDEN', 'Sign-up is closed here. Ask for an invitation.')
}

function wrongCredentials(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'The e-mail address or the password is wrong.')
}

function overtaken(): Refusal {
  return new Refusal('CONFLICT', 'The password was changed meanwhile.')
}
