import { builder } from '../../graphql/builder.ts'
import { actAs, principalOf, workspaceOf } from '../../graphql/context.ts'
import { owned, uuidOf } from '../../graphql/ids.ts'
import { manageMembers, RoleType, workspaceFields } from '../workspaces/graphql.ts'
import { acceptInvitation, inviteMember, withdrawInvitation } from './deeds.ts'
import { countInvitations, readInvitation, readInvitations } from './store.ts'

const administer = { permission: 'WORKSPACE_ADMIN' } as const

export const Invitation = builder.prismaNode('Invitation', {
  description: 'An address asked to join the workspace.',
  authScopes: administer,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    email: t.exposeString('email', { description: 'Who is invited.' }),
    role: t.expose('role', { type: RoleType, description: 'The role they will have.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they were invited.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'Until when it may be accepted.',
    }),
    acceptedAt: t.expose('acceptedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was accepted; null until then.',
    }),
    invitedBy: t.relation('invitedBy', {
      nullable: true,
      description: 'Who invited them; null once that account is gone.',
    }),
  }),
})

builder.queryFields((t) => ({
  invitations: t.prismaConnection(
    {
      type: Invitation,
      cursor: 'id',
      description: 'The invitations of the workspace, newest first.',
      authScopes: administer,
      totalCount: (_root, _args, context) => countInvitations(context.deps, workspaceOf(context)),
      resolve: (query, _root, _args, context) =>
        readInvitations(context.deps, workspaceOf(context), query),
    },
    { name: 'InvitationConnection' },
    { name: 'InvitationEdge' },
  ),
}))

builder.relayMutationField(
  'inviteMember',
  {
    description: 'Whom to invite.',
    inputFields: (t) => ({
      email: t.string({ required: true, description: 'Where the invitation goes.' }),
      role: t.field({ type: RoleType, required: true, description: 'The role they will have.' }),
    }),
  },
  {
    description:
      'Mails an invitation that lasts 7 days; a second one to the same address replaces the first. ' +
      'Errors: BAD_USER_INPUT, CONFLICT for a member, FORBIDDEN, LIMIT_REACHED, RATE_LIMITED.',
    authScopes: manageMembers,
    resolve: async (_root, { input }, context) => {
      await context.attempts.mail(context.clientIp)
      return { invitationId: await inviteMember(context.deps, principalOf(context), input) }
    },
  },
  {
    description: 'The invitation is on its way.',
    outputFields: (t) => ({
      invitation: t.prismaField({
        type: Invitation,
        description: 'The invitation.',
        resolve: (query, { invitationId }, _args, context) =>
          readInvitation(context.deps, owned(invitationId, context), query),
      }),
    }),
  },
)

builder.relayMutationField(
  'withdrawInvitation',
  {
    description: 'Which invitation to withdraw.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: 'The id of the invitation.' }),
    }),
  },
  {
    description:
      'Makes the link of an invitation that nobody has accepted lead nowhere. Errors: NOT_FOUND.',
    authScopes: manageMembers,
    resolve: async (_root, { input }, context) => {
      await withdrawInvitation(context.deps, principalOf(context), uuidOf('Invitation', input.id))
      return { withdrawnId: input.id }
    },
  },
  {
    description: 'The invitation is gone.',
    outputFields: (t) => ({
      withdrawnId: t.exposeID('withdrawnId', { description: 'The id that it had.' }),
    }),
  },
)

builder.relayMutationField(
  'acceptInvitation',
  {
    description: 'A link from a mail.',
    inputFields: (t) => ({
      token: t.string({ required: true, description: 'The token of the invitation.' }),
    }),
  },
  {
    description:
      'Joins the workspace and moves this session there. ' +
      'Errors: BAD_USER_INPUT, FORBIDDEN for an invitation to another address.',
    authScopes: { session: true },
    resolve: async (_root, { input }, context) => {
      actAs(context, await acceptInvitation(context.deps, principalOf(context), input.token))
      return {}
    },
  },
  { description: 'You have joined.', outputFields: workspaceFields },
)
