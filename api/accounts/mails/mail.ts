import type { AccountMailKind } from '../../../generated/prisma/enums.ts'
import { minute } from '../../instant.ts'
import { layOut, oneLine } from '../../outbox/letter.ts'
import { type ConfirmedKind, confirmationUrl } from './confirmation.ts'

const MAX_NAME_LENGTH = 80
const PRESS = 'The page that opens has one button: press it.'
const PLAY = 'The page that opens has the request filled in'

/** A mail that carries a link for one mailbox only. */
export type LinkMailKind = Exclude<AccountMailKind, 'NOTICE'>

/** What a mail of an account is about. The names are null where their rows are gone. */
export type AccountMail = {
  kind: LinkMailKind
  recipient: string
  /** Of whoever reads it, as far as it is known; else UTC. */
  timeZone: string
  expiresAt: number
  token: string
  workspaceName: string | null
  invitedBy: string | null
}

type Wording = { subject: string; lead: string; label: string; footer: string }

/** Nothing happens before its reader says so: a scanner that follows the link changes nothing. */
export function writeAccountMail(mail: AccountMail, publicUrl: string) {
  const { kind, recipient, expiresAt, timeZone, token } = mail
  const { subject, lead, label, footer } = wordings[kind](mail)
  const facts = [
    { label: kind === 'VERIFY_CONTACT' ? 'Address' : 'Account', value: recipient },
    { label: 'Valid until', value: minute(expiresAt, timeZone) },
    ...(isConfirmed(kind) ? [] : [{ label: 'Token', value: token }]),
  ]
  const url = isConfirmed(kind) ? confirmationUrl(publicUrl, kind, token) : linkOf(mail, publicUrl)
  return { subject, ...layOut({ heading: subject, lead, facts, links: [{ label, url }], footer }) }
}

const wordings = {
  VERIFY_EMAIL: () => ({
    subject: 'Is this your address?',
    lead: `Somebody asked Pharos to verify this e-mail address. ${PRESS}`,
    label: 'Yes, it is mine',
    footer: 'If it was not you, do nothing: the address stays unverified.',
  }),
  RESET_PASSWORD: () => ({
    subject: 'A new password',
    lead: `Somebody asked for a new password for this account. ${PLAY}: put the new password between its quotes, and press ▶.`,
    label: 'Set a new password',
    footer: 'If it was not you, do nothing: the password stays as it is.',
  }),
  VERIFY_CONTACT: ({ workspaceName }) => ({
    subject: `Alerts of ${name(workspaceName, 'a workspace')} to this address?`,
    lead: `${name(workspaceName, 'A workspace')} wants to tell you by e-mail when something is down. ${PRESS}`,
    label: 'Yes, tell me',
    footer: 'If you do not want that, do nothing: no alert will come.',
  }),
  INVITATION: ({ workspaceName, invitedBy }) => ({
    subject: `Join ${name(workspaceName, 'a workspace')} on Pharos`,
    lead: `${name(invitedBy, 'Somebody')} invites you to ${name(workspaceName, 'a workspace')}. ${PLAY}: put your name and a password between their quotes, and press ▶.`,
    label: 'Make an account and join',
    footer:
      'Whoever has an account signs in with the token as `invitation`, or uses acceptInvitation.',
  }),
} satisfies Record<LinkMailKind, (mail: AccountMail) => Wording>

function linkOf(mail: AccountMail, publicUrl: string): string {
  const url = new URL('/graphql', publicUrl)
  url.searchParams.set('query', mutationOf(mail))
  return url.href
}

/** GraphiQL takes no variables from an address, so the values stand in the document. */
function mutationOf({ kind, token, recipient }: AccountMail): string {
  if (kind === 'RESET_PASSWORD')
    return `mutation {
  resetPassword(input: {
    newPassword: ""
    token: "${token}"
  }) { isReset }
}`
  return `mutation {
  signUp(input: {
    name: ""
    password: ""
    email: ${JSON.stringify(recipient)}
    invitation: "${token}"
  }) { token }
}`
}

function isConfirmed(kind: LinkMailKind): kind is ConfirmedKind {
  return kind === 'VERIFY_EMAIL' || kind === 'VERIFY_CONTACT'
}

function name(text: string | null, otherwise: string): string {
  return text === null ? otherwise : oneLine(text, MAX_NAME_LENGTH)
}
