import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../schema.ts'
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
  ['VERIFY_EMAIL', 'verifyEmail'],
  ['RESET_PASSWORD', 'resetPassword'],
  ['INVITATION', 'signUp'],
  ['VERIFY_CONTACT', 'verifyContact'],
] as const)('%s links to its mutation, filled in and valid', (kind, mutation) => {
  const { text } = writeAccountMail({ ...mail, kind }, 'https://pharos.example.com')
  const link = new URL(/https:\S+/.exec(text)?.[0] ?? '')
  expect(link.origin + link.pathname).toBe('https://pharos.example.com/graphql')
  const document = link.searchParams.get('query') ?? ''
  expect(document).toContain(`${mutation}(input:`)
  expect(document).toContain('"the.token"')
  expect(validate(schema, parse(document))).toEqual([])
})

it('says who invites and where to, on one line and escaped', () => {
  const { subject, text, html } = writeAccountMail(mail, 'https://pharos.example.com')
  expect(subject).toBe('Join Lighthouse <script> on Pharos')
  expect(text).toContain('Ada Bcc: eve@example.com invites you')
  expect(html).not.toContain('<script>')
})
