import type { AccountMailKind } from '../../../generated/prisma/enums.ts'
import { layOut, oneLine } from '../../outbox/letter.ts'

const MAX_NAME_LENGTH = 80

/** A mail that carries a link for one mailbox only. */
export type LinkMailKind = Exclude<AccountMailKind, 'NOTICE'>

/** What a mail of an account is about. The names are null where their rows are gone. */
export type AccountMail = {
  kind: LinkMailKind
  recipient: string
  expiresAt: number
  token: string
  workspaceName: string | null
  invitedBy: string | null
}

type Wording = { subject: string; lead: string; label: string; footer: string }

/** Its link opens GraphiQL with the mutation filled in: it runs when the reader says so, not when a scanner follows it. */
export function writeAccountMail(mail: AccountMail, publicUrl: string) {
  const { subject, lead, label, footer } = wordings[mail.kind](mail)
  const facts = [
    { label: mail.kind === 'VERIFY_CONTACT' ? 'Address' : 'Account', value: mail.recipient },
    { label: 'Valid until', value: `${new Date(mail.expiresAt).toISOString().slice(0, 16)} UTC` },
    { label: 'Token', value: mail.token },
  ]
  const link = { label, url: linkOf(mail, publicUrl) }
  return { subject, ...layOut({ heading: subject, lead, facts, link, footer }) }
}

const wordings = {
  VERIFY_EMAIL: () => ({
    subject: 'Is this your address?',
    lead: 'Somebody asked Pharos to verify this e-mail address.',
    label: 'Yes, it is mine',
    footer: 'If it was not you, do nothing: the address stays unverified.',
  }),
  RESET_PASSWORD: () => ({
    subject: 'A new password',
    lead: 'Somebody asked for a new password for this account.',
    label: 'Set a new password',
    footer: 'If it was not you, do nothing: the password stays as it is.',
  }),
  VERIFY_CONTACT: ({ workspaceName }) => ({
    subject: `Alerts of ${name(workspaceName, 'a workspace')} to this address?`,
    lead: `${name(workspaceName, 'A workspace')} wants to tell you by e-mail when something is down.`,
    label: 'Yes, tell me',
    footer: 'If you do not want that, do nothing: no alert will come.',
  }),
  INVITATION: ({ workspaceName, invitedBy }) => ({
    subject: `Join ${name(workspaceName, 'a workspace')} on Pharos`,
    lead: `${name(invitedBy, 'Somebody')} invites you to ${name(workspaceName, 'a workspace')}.`,
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
  switch (kind) {
    case 'VERIFY_EMAIL':
      return `mutation { verifyEmail(input: { token: "${token}" }) { isVerified } }`
    case 'RESET_PASSWORD':
      return `mutation {
  resetPassword(input: {
    newPassword: ""
    token: "${token}"
  }) { isReset }
}`
    case 'VERIFY_CONTACT':
      return `mutation { verifyContact(input: { token: "${token}" }) { isVerified } }`
    case 'INVITATION':
      return `mutation {
  signUp(input: {
    name: ""
    password: ""
    email: ${JSON.stringify(recipient)}
    invitation: "${token}"
  }) { token }
}`
  }
}

function name(text: string | null, otherwise: string): string {
  return text === null ? otherwise : oneLine(text, MAX_NAME_LENGTH)
}
