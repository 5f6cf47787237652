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
    ['email must be one plain e-mail address, such as ada@example.com', { email: 'a@b.c, e@f.g' }],
    ['password must have at least 12 characters', { password: 'x'.repeat(11) }],
    ['password must have at most 128 characters', { password: 'x'.repeat(129) }],
    ['name must not be empty', { name: '  ' }],
    ['name must have at most 100 characters', { name: 'x'.repeat(101) }],
  ])('is refused by field and rule: %s', (says, wrong) => {
    const issues = signUpInput.safeParse({ ...input, ...wrong }).error?.issues
    expect(issues?.map(({ path, message }) => `${path.join('.')} ${message}`)).toEqual([says])
  })
})
