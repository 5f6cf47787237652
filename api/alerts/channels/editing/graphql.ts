import { builder, type PayloadFields } from '../../../graphql/builder.ts'
import { principalOf } from '../../../graphql/context.ts'
import { encodeId, owned, uuidOf } from '../../../graphql/ids.ts'
import { DeliveryAttempt } from '../../attempts/graphql.ts'
import { readAttempt } from '../../attempts/store.ts'
import { Channel } from '../graphql.ts'
import { readChannel } from '../store.ts'
import { testChannel } from '../trials/deeds.ts'
import {
  createChannel,
  deleteChannel,
  enableChannel,
  rotateChannelSecret,
  updateChannel,
} from './deeds.ts'
import { blockFields, contactsOf, plainFields } from './input/graphql.ts'

const administer = { permission: 'WORKSPACE_ADMIN' } as const

const id = { required: true, description: 'The id of the channel.' } as const

const channelField = (t: PayloadFields<{ channelId: string }>) => ({
  channel: t.prismaField({
    type: Channel,
    description: 'The channel as it is now.',
    resolve: (query, { channelId }, _args, context) =>
      readChannel(context.deps, owned(channelId, context), query),
  }),
})

builder.relayMutationField(
  'createChannel',
  {
    description: 'What to tell over: exactly one of the blocks, named as the kinds are.',
    inputFields: (t) => ({
      name: t.string({ required: true, description: '1–100 characters.' }),
      ...plainFields(t),
      ...blockFields(t),
      isDefault: t.boolean({
        defaultValue: true,
        description:
          'Whether it hears everything of all monitors that have no alert settings of their own.',
      }),
    }),
  },
  {
    description: 'Makes a channel. Errors: NOT_FOUND, BAD_USER_INPUT, LIMIT_REACHED.',
    authScopes: administer,
    resolve: (_root, { input: { isDefault, ...input } }, context) =>
      createChannel(context.deps, principalOf(context), {
        ...contactsOf(input),
        isDefault: isDefault ?? true,
      }),
  },
  {
    description: 'The new channel.',
    outputFields: (t) => ({
      ...channelField(t),
      secret: t.exposeString('secret', {
        nullable: true,
        description:
          'What a webhook is signed with, `whsec_…`; it is shown here only. Null for other kinds.',
      }),
    }),
  },
)

builder.relayMutationField(
  'updateChannel',
  {
    description: 'What to change: what is left out stays, null clears what may be empty.',
    inputFields: (t) => ({
      id: t.id(id),
      name: t.string({ description: '1–100 characters.' }),
      ...plainFields(t),
      ...blockFields(t),
    }),
  },
  {
    description:
      'Changes a channel; its kind stays. One that was disabled works again once it leads elsewhere: to another ' +
      'address or mailbox, or by another secret. Errors: NOT_FOUND, BAD_USER_INPUT.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const channelId = uuidOf('Channel', input.id)
      const change = { ...contactsOf(input), id: channelId }
      await updateChannel(context.deps, principalOf(context), change)
      return { channelId }
    },
  },
  { description: 'The changed channel.', outputFields: channelField },
)

builder.relayMutationField(
  'rotateChannelSecret',
  { description: 'Whose secret to replace.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Makes a new secret for a webhook; the former one signs beside it for another 24 hours. ' +
      'Errors: NOT_FOUND, BAD_USER_INPUT for other kinds.',
    authScopes: administer,
    resolve: (_root, { input }, context) =>
      rotateChannelSecret(context.deps, principalOf(context), uuidOf('Channel', input.id)),
  },
  {
    description: 'The channel with its new secret.',
    outputFields: (t) => ({
      ...channelField(t),
      secret: t.exposeString('secret', {
        description: 'What it signs with, `whsec_…`. It is shown here only.',
      }),
    }),
  },
)

builder.relayMutationField(
  'enableChannel',
  { description: 'Which channel works again.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Lets alerts go over a channel that was disabled, where what was wrong with it was mended at its receiver. ' +
      'Doing it twice changes nothing. Errors: NOT_FOUND.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const channelId = uuidOf('Channel', input.id)
      await enableChannel(context.deps, principalOf(context), channelId)
      return { channelId }
    },
  },
  { description: 'The channel that was enabled.', outputFields: channelField },
)

builder.relayMutationField(
  'testChannel',
  { description: 'Which channel to try.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Sends a word over it at once, also where it is disabled, which it stays, and says what came back within ' +
      '8 s. At PagerDuty it opens an incident and resolves it at once. A channel with words of its own shows them. ' +
      'Errors: NOT_FOUND, CONFLICT for a mailbox that is not verified, RATE_LIMITED beyond 30 a minute in a workspace.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const principal = principalOf(context)
      const channelId = uuidOf('Channel', input.id)
      await context.attempts.channelTest(principal.workspaceId)
      return { channelId, attemptId: await testChannel(context.deps, principal, channelId) }
    },
  },
  {
    description: 'What came of it.',
    outputFields: (t) => ({
      ...channelField(t),
      delivery: t.prismaField({
        type: DeliveryAttempt,
        description: 'The attempt that says it, as it stands among the deliveries of the channel.',
        resolve: (query, { attemptId }, _args, context) =>
          readAttempt(context.deps, owned(attemptId, context), query),
      }),
    }),
  },
)

builder.relayMutationField(
  'deleteChannel',
  { description: 'Which channel to delete.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Deletes a channel; what was still to go over it is told elsewhere. Errors: NOT_FOUND.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const channelId = uuidOf('Channel', input.id)
      await deleteChannel(context.deps, principalOf(context), channelId)
      return { channelId }
    },
  },
  {
    description: 'It is gone.',
    outputFields: (t) => ({
      deletedChannelId: t.id({
        description: 'The id it had.',
        resolve: ({ channelId }) => encodeId('Channel', channelId),
      }),
    }),
  },
)
