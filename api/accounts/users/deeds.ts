import type { Deps } from '../../deps.ts'
import { parseInput } from '../../input.ts'
import { inTransaction } from '../../platform/database.ts'
import { Refusal } from '../../refusal.ts'
import { withdrawAccess } from '../access/deeds.ts'
import { leadsNowhere, mailIdOf } from '../mails/token.ts'
import type { Principal } from '../principal.ts'
import { startSession } from '../sessions/deeds.ts'
import type { SignedIn } from '../sessions/session.ts'
import { deleteSessionsOfUser } from '../sessions/store.ts'
import { joinByInvitation, openWorkspace } from '../workspaces/deeds.ts'
import { changePasswordInput, hashPassword, verifyPassword, wrongCredentials } from './password.ts'
import { mayOpenAccount, signUpInput, workspaceNameOf } from './sign-up.ts'
import {
  claimInstallation,
  insertUser,
  isInstallationClaimed,
  readPasswordOfUser,
  replacePassword,
} from './store.ts'

type SignUp = { email: string; password: string; name: string; invitation?: string | null }
type ChangePassword = { currentPassword: string; newPassword: string }

/** User, workspace, membership and session in one transaction: all of it or nothing. */
export async function signUp(deps: Deps, input: SignUp): Promise<SignedIn> {
  const { email, name, invitation: token, ...wanted } = parseInput(signUpInput, input)
  if (token) refuseForged(deps, token)
  else await refuseClosed(deps)
  const passwordHash = await hashPassword(wanted.password)
  const createdAt = deps.clock.now()
  return inTransaction(deps.database, async (tx) => {
    const user = {
      email,
      name,
      passwordHash,
      emailVerifiedAt: token ? createdAt : null,
      createdAt,
    }
    const userId = await insertUser(tx, user)
    if (userId === null) throw new Refusal('CONFLICT', 'This address has an account already.')
    const isFirst = await claimInstallation(tx, { ownerId: userId, createdAt })
    if (!token && !mayOpenAccount(deps.environment.signUp, isFirst)) throw closed()
    const workspaceId = token
      ? await joinByInvitation(deps, tx, { token, field: 'invitation', userId, email })
      : await openWorkspace(deps, tx, { name: workspaceNameOf(name), ownerId: userId })
    return startSession(deps, tx, { userId, workspaceId })
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
    withdrawAccess(tx, userId)
    return startSession(deps, tx, { userId, workspaceId })
  })
}

/** Spares the hash; the transaction decides. */
async function refuseClosed(deps: Deps): Promise<void> {
  const isFirst = !(await isInstallationClaimed(deps.database.pool))
  if (!mayOpenAccount(deps.environment.signUp, isFirst)) throw closed()
}

/** A forged invitation costs no hash, and does not tell which addresses have an account. */
function refuseForged({ keyring }: Deps, token: string): void {
  if (mailIdOf(keyring, 'INVITATION', token) === null) throw leadsNowhere('invitation')
}

function closed(): Refusal {
  return new Refusal('FORBIDDEN', 'Sign-up is closed here. Ask for an invitation.')
}

function overtaken(): Refusal {
  return new Refusal('CONFLICT', 'The password was changed meanwhile.')
}
