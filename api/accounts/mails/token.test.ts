import { expect, it } from 'vitest'
import { createKeyring } from '../../platform/keyring.ts'
import { mailIdOf, mailTokenOf } from './token.ts'

const keyring = createKeyring([{ id: 'a', key: Buffer.alloc(32, 1) }])
const foreign = createKeyring([{ id: 'a', key: Buffer.alloc(32, 2) }])
const id = '019aa000-0000-7000-8000-000000000001'
const another = '019aa000-0000-7000-8000-000000000002'
const token = mailTokenOf(keyring, 'RESET_PASSWORD', id)
const signature = token.slice(token.indexOf('.'))

it('leads back to its mail', () => {
  expect(mailIdOf(keyring, 'RESET_PASSWORD', token)).toBe(id)
})

it.each([
  ['for another purpose', 'VERIFY_EMAIL', token],
  ['on another mail', 'RESET_PASSWORD', another + signature],
  ['of another installation', 'RESET_PASSWORD', mailTokenOf(foreign, 'RESET_PASSWORD', id)],
  ['cut short', 'RESET_PASSWORD', token.slice(0, -1)],
  ['made longer', 'RESET_PASSWORD', `${token}.`],
  ['without a signature', 'RESET_PASSWORD', id],
  ['of nothing', 'RESET_PASSWORD', ''],
] as const)('is refused %s', (_why, kind, forged) => {
  expect(mailIdOf(keyring, kind, forged)).toBeNull()
})
