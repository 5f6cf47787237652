import { timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../../platform/keyring.ts'
import { Refusal } from '../../refusal.ts'
import { isUuid } from '../../uuid.ts'
import type { LinkMailKind } from './mail.ts'

/** `<id of the mail>.<its signature>`: made when the mail is sent and when it comes back, stored never. */
export function mailTokenOf(keyring: Keyring, kind: LinkMailKind, mailId: string): string {
  return `${mailId}.${keyring.sign(`account-mail|${kind}|${mailId}`)}`
}

/** The id of the mail whose token this is; null for anything that we did not make for this purpose. */
export function mailIdOf(keyring: Keyring, kind: LinkMailKind, token: string): string | null {
  const [mailId] = token.split('.', 1)
  if (!mailId || !isUuid(mailId)) return null
  return isSame(mailTokenOf(keyring, kind, mailId), token) ? mailId : null
}

/** The field of an input in which a token comes. */
export type TokenField = 'token' | 'invitation'

export function leadsNowhere(field: TokenField = 'token'): Refusal {
  return new Refusal('BAD_USER_INPUT', 'This link leads nowhere any more. Ask for a new one.', {
    issues: [{ path: [field], message: 'is unknown, used or expired' }],
  })
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
