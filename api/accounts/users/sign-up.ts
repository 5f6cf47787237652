import { z } from 'zod'
import type { Environment } from '../../platform/environment.ts'
import { emailAddress } from './email.ts'
import { password } from './password.ts'

const MAX_NAME_LENGTH = 100

export const personName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(MAX_NAME_LENGTH, `must have at most ${MAX_NAME_LENGTH} characters`)

export const signUpInput = z.object({
  email: emailAddress,
  password,
  name: personName,
  invitation: z.string().nullish(),
})

/**
 * Whether somebody may make an account by themselves. `isFirst`: their transaction is the one that
 * took the installation's only row. An invitation is another way in, and asks nothing here.
 */
export function mayOpenAccount(mode: Environment['signUp'], isFirst: boolean): boolean {
  switch (mode) {
    case 'open':
      return true
    case 'first':
      return isFirst
    case 'invite':
      return false
  }
}

export function workspaceNameOf(name: string): string {
  return `${name}'s workspace`
}
