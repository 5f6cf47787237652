import { expect, it } from 'vitest'
import { mayGiveRole, mayUnseat } from './membership.ts'

it.each([
  ['OWNER', 'OWNER', true],
  ['OWNER', 'VIEWER', true],
  ['ADMIN', 'OWNER', false],
  ['ADMIN', 'ADMIN', true],
  ['ADMIN', 'MEMBER', true],
] as const)('%s makes somebody %s: %s', (asker, given, isAllowed) => {
  expect(mayGiveRole(asker, given).isAllowed).toBe(isAllowed)
})

it.each([
  ['OWNER', 'OWNER', 2, true],
  ['OWNER', 'OWNER', 1, false],
  ['ADMIN', 'OWNER', 2, false],
  ['ADMIN', 'ADMIN', 1, true],
  ['ADMIN', 'VIEWER', 1, true],
] as const)('%s unseats %s of %i owners: %s', (asker, member, owners, isAllowed) => {
  expect(mayUnseat(asker, member, owners).isAllowed).toBe(isAllowed)
})
