import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../../schema.ts'
import { type AccountMail, writeAccountMail } from './mail.ts'

const mail: AccountMail = {
  kind: 'INVITATION',
  recipient: 'bob@example.com',
  timeZone: 'UTC',
  expiresAt: Date.parse('2026-11-27T12:00:00Z'),
  token: 'the.token',
  workspaceName: 'Lighthouse <script>',
  invitedBy: 'Ada\r\nBcc: eve@example.com',
}

it.each([
  ['RESET_PASSWORD', 'resetPassword'],
  ['INVITATION', 'signUp'],
] as const)('%s links to its mutation, filled in and valid', (kind, mutation) => {
  const { text } = writeAccountMail({ ...mail, kind }, 'https://pharos.example.com')
  const link = new URL(/https:\S+/.exec(text)?.[0] ?? '')
  expect(link.origin + link.pathname).toBe('https://pharos.example.com/graphql')
  const document = link.searchParams.get('query') ?? ''
  expect(document).toContain(`${mutation}(input:`)
  expect(document).toContain('"the.token"')
  expect(validate(schema, parse(document))).toEqual([])
})

it.each([
  ['VERIFY_EMAIL', 'https://pharos.example.com/confirm/email/the.token'],
  ['VERIFY_CONTACT', 'https://pharos.example.com/confirm/contact/the.token'],
] as const)('%s links to a page with one button, and says so', (kind, address) => {
  const { text } = writeAccountMail({ ...mail, kind }, 'https://pharos.example.com')
  expect(text).toContain(`: ${address}\n`)
  expect(text).toContain('The page that opens has one button: press it.')
  expect(text).not.toContain('Token:')
})

it('says until when in its reader’s own time', () => {
  const own = { ...mail, timeZone: 'Asia/Tokyo' }
  const { text } = writeAccountMail(own, 'https://pharos.example.com')
  expect(text).toContain('Valid until: 2026-11-27 21:00 +09:00 (Asia/Tokyo)')
})

it('says who invites and where to, on one line and escaped', () => {
  const { subject, text, html } = writeAccountMail(mail, 'https://pharos.example.com')
  expect(subject).toBe('Join Lighthouse <script> on Pharos')
  expect(text).toContain('Ada Bcc: eve@example.com invites you')
  expect(html).not.toContain('<script>')
})
