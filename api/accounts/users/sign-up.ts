import { z } from 'zod'
import { typedText } from '../../input.ts'
import type { Environment } from '../../platform/environment.ts'
import { emailAddress } from './email.ts'
import { password } from './password.ts'

const MAX_NAME_LENGTH = 100

export const signUpInput = z.object({
  email: emailAddress,
  password,
  name: typedText(MAX_NAME_LENGTH),
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
