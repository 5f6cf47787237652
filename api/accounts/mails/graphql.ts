import { builder } from '../../graphql/builder.ts'
import { principalOf } from '../../graphql/context.ts'
import { User } from '../users/graphql.ts'
import { readOwnUser } from '../users/store.ts'
import {
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from './deeds.ts'

const anyone = { anyone: true } as const

builder.relayMutationField(
  'requestPasswordReset',
  {
    description: 'Whose password to reset.',
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'The address of the account.' }),
    }),
  },
  {
    description:
      'Mails a link that lets its reader set a new password within the hour. ' +
      'Answers alike whether or not there is such an account. Errors: BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: anyone,
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      await requestPasswordReset(context.deps, input)
      return input
    },
  },
  {
    description: 'Nothing but what was asked for.',
    outputFields: (t) => ({
      email: t.exposeString('email', { description: 'Where the link went, if it went.' }),
    }),
  },
)

builder.relayMutationField(
  'resetPassword',
  {
    description: 'A link from a mail, and the new password.',
    inputFields: (t) => ({
      token: t.string({ required: true, description: 'The token of the link.' }),
      newPassword: t.string({ required: true, description: '12–128 characters.' }),
    }),
  },
  {
    description:
      'Sets a new password and ends all sessions. Sign in with it afterwards. ' +
      'Errors: BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: anyone,
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      await resetPassword(context.deps, input)
      return { isReset: true }
    },
  },
  {
    description: 'The password is set.',
    outputFields: (t) => ({
      isReset: t.exposeBoolean('isReset', { description: 'Always true; else there is an error.' }),
    }),
  },
)

builder.relayMutationField(
  'requestEmailVerification',
  {
    description: 'Which address to verify.',
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'The address of your account.' }),
    }),
  },
  {
    description:
      'Mails a link that shows that the address is yours. It lasts 48 hours. ' +
      'Errors: BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: { session: true },
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      await requestEmailVerification(context.deps, principalOf(context), input)
      return {}
    },
  },
  {
    description: 'The mail is on its way.',
    outputFields: (t) => ({
      viewer: t.prismaField({
        type: User,
        description: 'You.',
        resolve: (query, _payload, _args, context) =>
          readOwnUser(context.deps, principalOf(context), query),
      }),
    }),
  },
)

builder.relayMutationField(
  'verifyEmail',
  {
    description: 'A link from a mail.',
    inputFields: (t) => ({
      token: t.string({ required: true, description: 'The token of the link.' }),
    }),
  },
  {
    description: 'Marks the address as verified. Errors: BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: anyone,
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      await verifyEmail(context.deps, input.token)
      return { isVerified: true }
    },
  },
  {
    description: 'The address is verified.',
    outputFields: (t) => ({
      isVerified: t.exposeBoolean('isVerified', {
        description: 'Always true; else there is an error.',
      }),
    }),
  },
)
