import { expect, it } from 'vitest'
import { type AccountMail, writeAccountMail } from './mail.ts'

const mail: AccountMail = {
  kind: 'INVITATION',
  recipient: 'bob@example.com',
  expiresAt: Date.parse('2026-11-27T12:00:00Z'),
  token: 'the.token',
  workspaceName: 'Lighthouse <script>',
  invitedBy: 'Ada\r\nBcc: eve@example.com',
}

it.each([
  ['VERIFY_EMAIL', 'verifyEmail', { token: 'the.token' }],
  ['RESET_PASSWORD', 'resetPassword', { token: 'the.token', newPassword: '' }],
  ['INVITATION', 'signUp', { invitation: 'the.token', email: 'bob@example.com' }],
] as const)('%s links to its mutation, filled in', (kind, mutation, input) => {
  const { text } = writeAccountMail({ ...mail, kind }, 'https://pharos.example.com')
  const link = new URL(/https:\S+/.exec(text)?.[0] ?? '')
  expect(link.origin + link.pathname).toBe('https://pharos.example.com/graphql')
  expect(link.searchParams.get('query')).toContain(mutation)
  expect(JSON.parse(link.searchParams.get('variables') ?? '')).toMatchObject({ input })
})

it('says who invites and where to, on one line and escaped', () => {
  const { subject, text, html } = writeAccountMail(mail, 'https://pharos.example.com')
  expect(subject).toBe('Join Lighthouse <script> on Pharos')
  expect(text).toContain('Ada Bcc: eve@example.com invites you')
  expect(html).not.toContain('<script>')
})
