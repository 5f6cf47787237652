import { describe, expect, it } from 'vitest'
import { mayOpenAccount, signUpInput } from './sign-up.ts'

it.each([
  ['first', true, true],
  ['first', false, false],
  ['open', true, true],
  ['open', false, true],
  ['invite', true, false],
  ['invite', false, false],
] as const)('SIGN_UP=%s, first: %s → may open an account: %s', (mode, isFirst, may) => {
  expect(mayOpenAccount(mode, isFirst)).toBe(may)
})

describe('the input', () => {
  const input = { email: ' Ada@Example.COM ', password: 'x'.repeat(12), name: ' Ada ' }

  it('is trimmed, and its address loses its case', () => {
    expect(signUpInput.parse(input)).toMatchObject({ email: 'ada@example.com', name: 'Ada' })
  })

  it.each([
    ['email', { ...input, email: 'ada@example.com, eve@example.com' }],
    ['password', { ...input, password: 'x'.repeat(11) }],
    ['name', { ...input, name: '  ' }],
    ['name', { ...input, name: 'x'.repeat(101) }],
  ])('names the field that breaks a rule: %s', (field, wrong) => {
    const issues = signUpInput.safeParse(wrong).error?.issues
    expect(issues?.map(({ path }) => path)).toEqual([[field]])
  })
})
