import { expect, it } from 'vitest'
import { tellingOf } from './hearing.ts'

it.each([
  ['NOBODY', []],
  ['NOBODY', ['FAILED', 'FAILED']],
  ['WITHHELD', ['FAILED', 'WITHHELD']],
  ['PENDING', ['FAILED', 'WITHHELD', 'PENDING']],
  ['TOLD', ['FAILED', 'PENDING', 'SENT']],
] as const)('%s is said where its alerts are %o', (telling, statuses) => {
  expect(tellingOf(statuses)).toBe(telling)
})
