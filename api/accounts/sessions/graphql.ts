import { builder, type PayloadFields } from '../../graphql/builder.ts'
import { actAs, type Context, principalOf } from '../../graphql/context.ts'
import { endedSessionCookie, sessionCookie } from '../credential.ts'
import { changePassword, signUp } from '../users/deeds.ts'
import { User } from '../users/graphql.ts'
import { readOwnUser } from '../users/store.ts'
import { signIn, signOut } from './deeds.ts'
import { SESSION_ABSOLUTE_MS, type SignedIn } from './session.ts'

const anyone = { anyone: true } as const
const session = { session: true } as const

const signedInFields = (t: PayloadFields<SignedIn>) => ({
  token: t.exposeString('token', {
    description: 'The session, for `Authorization: Bearer`. It is shown here only.',
  }),
  user: t.prismaField({
    type: User,
    description: 'Who is signed in.',
    resolve: (query, { principal }, _args, context) => readOwnUser(context.deps, principal, query),
  }),
})

builder.relayMutationField(
  'signUp',
  {
    description: 'A new account.',
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'The address to sign in with.' }),
      password: t.string({ required: true, description: '12–128 characters.' }),
      name: t.string({
        required: true,
        description: 'What you want to be called, 1–100 characters.',
      }),
      invitation: t.string({ description: 'The token of an invitation to this very address.' }),
    }),
  },
  {
    description:
      'Makes an account, with a workspace of its own or in the one invited to, and signs in. ' +
      'Errors: BAD_USER_INPUT, CONFLICT for a known address, FORBIDDEN where sign-up is closed, RATE_LIMITED.',
    authScopes: anyone,
    resolve: async (_root, { input }, context) => {
      await context.attempts.signUp(context.clientIp)
      return welcome(context, await signUp(context.deps, input))
    },
  },
  { description: 'The new account, signed in.', outputFields: signedInFields },
)

builder.relayMutationField(
  'signIn',
  {
    description: 'Who you are.',
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'The address of the account.' }),
      password: t.string({ required: true, description: 'Its password.' }),
      invitation: t.string({ description: 'The token of an invitation to accept by this.' }),
    }),
  },
  {
    description:
      'Starts a session: 7 days idle, 30 days at most. The token goes into `Authorization: Bearer`; ' +
      'browsers get it as a cookie too. Errors: UNAUTHENTICATED, RATE_LIMITED.',
    authScopes: anyone,
    resolve: async (_root, { input }, context) => {
      const { attempts, clientIp, deps } = context
      await attempts.signIn(clientIp)
      const signedIn = await attempts.againstAccount(input.email, () => signIn(deps, input))
      return welcome(context, signedIn)
    },
  },
  { description: 'The session.', outputFields: signedInFields },
)

builder.relayMutationField(
  'signOut',
  {
    description: 'Which sessions to end.',
    inputFields: (t) => ({
      everywhere: t.boolean({
        defaultValue: false,
        description: 'All sessions of yours instead of this one.',
      }),
    }),
  },
  {
    description: 'Ends this session, or all of them.',
    authScopes: session,
    resolve: async (_root, { input }, context) => {
      await signOut(context.deps, principalOf(context), input.everywhere ?? false)
      context.answerHeaders.append('set-cookie', endedSessionCookie())
      actAs(context, null)
      return { viewer: null }
    },
  },
  {
    description: 'You are signed out.',
    outputFields: (t) => ({
      viewer: t.field({
        type: User,
        nullable: true,
        description: 'Null: nobody is signed in any more.',
        resolve: () => null,
      }),
    }),
  },
)

builder.relayMutationField(
  'changePassword',
  {
    description: 'The old password and the new one.',
    inputFields: (t) => ({
      currentPassword: t.string({ required: true, description: 'The password as it is.' }),
      newPassword: t.string({ required: true, description: '12–128 characters.' }),
    }),
  },
  {
    description:
      'Sets another password, ends all sessions and starts a new one. ' +
      'Errors: UNAUTHENTICATED for a wrong current password, BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: session,
    resolve: async (_root, { input }, context) => {
      const { attempts, deps } = context
      const principal = principalOf(context)
      const change = () => changePassword(deps, principal, input)
      return welcome(context, await attempts.againstAccount(principal.userId, change))
    },
  },
  { description: 'The new session; every other has ended.', outputFields: signedInFields },
)

/** The rest of the operation runs as who has just signed in. */
function welcome(context: Context, { token, principal }: SignedIn): SignedIn {
  const cookie = sessionCookie(token, SESSION_ABSOLUTE_MS / 1_000)
  context.answerHeaders.append('set-cookie', cookie)
  actAs(context, principal)
  return { token, principal }
}
