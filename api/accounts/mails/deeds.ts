import { z } from 'zod'
import { invariant } from '../../../core/invariant.ts'
import type { Deps } from '../../deps.ts'
import { parseInput } from '../../input.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { badInput } from '../../refusal.ts'
import { withdrawAccess } from '../access/deeds.ts'
import type { Principal } from '../principal.ts'
import { deleteSessionsOfUser } from '../sessions/store.ts'
import { emailAddress } from '../users/email.ts'
import { changePasswordInput, hashPassword } from '../users/password.ts'
import {
  markEmailVerified,
  readEmailOfUser,
  readUserIdByEmail,
  setPassword,
} from '../users/store.ts'
import type { LinkMailKind } from './mail.ts'
import {
  holdSubject,
  insertAccountMail,
  markMailUsed,
  spendMailsOfUser,
  type UsedMail,
} from './store.ts'
import { leadsNowhere, mailIdOf, type TokenField } from './token.ts'

const HOUR_MS = 3_600_000
const RESET_LASTS_MS = HOUR_MS
const VERIFICATION_LASTS_MS = 48 * HOUR_MS

const requestInput = z.object({ email: emailAddress })

/** Says nothing of whether the address has an account: the owner of the mailbox learns it. */
export async function requestPasswordReset(deps: Deps, input: { email: string }): Promise<void> {
  const { email } = parseInput(requestInput, input)
  await inTransaction(deps.database, async (tx) => {
    const userId = await readUserIdByEmail(tx, email)
    if (userId === null) return
    const createdAt = deps.clock.now()
    await insertAccountMail(tx, {
      kind: 'RESET_PASSWORD',
      userId,
      invitationId: null,
      recipient: email,
      createdAt,
      expiresAt: createdAt + RESET_LASTS_MS,
    })
  })
}

/** Ends all sessions and all other reset links. The mailbox is thereby verified too. */
export async function resetPassword(
  deps: Deps,
  input: { token: string; newPassword: string },
): Promise<void> {
  const { newPassword } = parseInput(changePasswordInput, input)
  // A forged token costs no hash.
  if (mailIdOf(deps.keyring, 'RESET_PASSWORD', input.token) === null) throw leadsNowhere()
  const passwordHash = await hashPassword(newPassword)
  await inTransaction(deps.database, async (tx) => {
    const mail = await redeemMailToken(deps, tx, { kind: 'RESET_PASSWORD', token: input.token })
    invariant(mail.userId !== null, 'a reset mail belongs to a user')
    const { userId, recipient: email } = mail
    const at = deps.clock.now()
    if (!(await setPassword(tx, { userId, email, passwordHash, at }))) throw leadsNowhere()
    await deleteSessionsOfUser(tx, userId)
    withdrawAccess(tx, userId)
    await spendMailsOfUser(tx, { userId, kind: 'RESET_PASSWORD', usedAt: at })
  })
}

export function requestEmailVerification(
  deps: Deps,
  { userId }: Principal,
  input: { email: string },
): Promise<void> {
  const { email: recipient } = parseInput(requestInput, input)
  return inTransaction(deps.database, async (tx) => {
    if (recipient !== (await readEmailOfUser(tx, userId)))
      throw badInput('email', 'must be the address of your account')
    const createdAt = deps.clock.now()
    const expiresAt = createdAt + VERIFICATION_LASTS_MS
    await spendMailsOfUser(tx, { userId, kind: 'VERIFY_EMAIL', usedAt: createdAt })
    await insertAccountMail(tx, {
      kind: 'VERIFY_EMAIL',
      userId,
      invitationId: null,
      recipient,
      createdAt,
      expiresAt,
    })
  })
}

export function verifyEmail(deps: Deps, token: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const mail = await redeemMailToken(deps, tx, { kind: 'VERIFY_EMAIL', token })
    invariant(mail.userId !== null, 'a verification mail belongs to a user')
    const verified = { userId: mail.userId, email: mail.recipient, verifiedAt: deps.clock.now() }
    if (!(await markEmailVerified(tx, verified))) throw leadsNowhere()
  })
}

/** Uses the token up, or refuses alike what is forged, used, expired or meant for something else. */
export async function redeemMailToken(
  deps: Deps,
  tx: Transaction,
  { kind, token, field }: { kind: LinkMailKind; token: string; field?: TokenField },
): Promise<UsedMail> {
  const id = mailIdOf(deps.keyring, kind, token)
  if (id === null) throw leadsNowhere(field)
  await holdSubject(tx, id)
  const mail = await markMailUsed(tx, { id, kind, usedAt: deps.clock.now() })
  if (!mail) throw leadsNowhere(field)
  return mail
}
