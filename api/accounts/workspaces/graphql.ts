import type { Role } from '../../../generated/prisma/enums.ts'
import { builder, type PayloadFields } from '../../graphql/builder.ts'
import { actAs, principalOf, workspaceOf } from '../../graphql/context.ts'
import { described } from '../../graphql/described.ts'
import { uuid, uuidOf } from '../../graphql/ids.ts'
import { switchWorkspace } from '../sessions/deeds.ts'
import { changeMemberRole, removeMember } from './deeds.ts'
import { readMember, readMembers, readWorkspace } from './store.ts'

/** Not for API keys: who manages people could give themselves whatever the key lacks. */
export const manageMembers = { $all: { session: true, permission: 'WORKSPACE_ADMIN' } } as const

export const RoleType = builder.enumType('Role', {
  description: 'What a member of a workspace may do.',
  values: described<Role>({
    OWNER: 'Everything, and managing owners.',
    ADMIN: 'Everything but managing owners.',
    MEMBER: 'Reading, monitors and incidents.',
    VIEWER: 'Reading only.',
  }),
})

export const Workspace = builder.prismaNode('Workspace', {
  description: 'Who works together: monitors, incidents and members belong to one.',
  authScopes: { signedIn: true },
  id: { field: 'id' },
  findUnique: (key, context) => ({ id: uuid(key), AND: { id: workspaceOf(context) } }),
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What its members call it.' }),
    maxMonitors: t.exposeInt('maxMonitors', { description: 'How many monitors its plan allows.' }),
    minIntervalSeconds: t.exposeInt('minIntervalSeconds', {
      description: 'How often its plan lets a monitor be checked, seconds.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was opened.' }),
  }),
})

export const Membership = builder.prismaObject('Membership', {
  description: 'That a person belongs to a workspace, and as what.',
  authScopes: { signedIn: true },
  fields: (t) => ({
    role: t.expose('role', { type: RoleType, description: 'What the person may do there.' }),
    user: t.relation('user', { description: 'The person.' }),
    workspace: t.relation('workspace', { description: 'The workspace.' }),
    joinedAt: t.expose('createdAt', { type: 'DateTime', description: 'Since when.' }),
  }),
})

builder.queryFields((t) => ({
  workspace: t.prismaField({
    type: Workspace,
    description: 'The workspace that your session or API key is for.',
    authScopes: { signedIn: true },
    resolve: (query, _root, _args, context) =>
      readWorkspace(context.deps, workspaceOf(context), query),
  }),
  members: t.prismaField({
    type: [Membership],
    description: 'Everybody in the workspace, the longest first.',
    authScopes: { permission: 'WORKSPACE_READ' },
    resolve: (query, _root, _args, context) =>
      readMembers(context.deps, workspaceOf(context), query),
  }),
}))

/** For every mutation after which the session is for another workspace. */
export const workspaceFields = (t: PayloadFields<object>) => ({
  workspace: t.prismaField({
    type: Workspace,
    description: 'The workspace that the session is for now.',
    resolve: (query, _payload, _args, context) =>
      readWorkspace(context.deps, workspaceOf(context), query),
  }),
})

builder.relayMutationField(
  'switchWorkspace',
  {
    description: 'Where to go.',
    inputFields: (t) => ({
      workspaceId: t.id({ required: true, description: 'A workspace that you belong to.' }),
    }),
  },
  {
    description: 'Moves this session to another of your workspaces. Errors: NOT_FOUND.',
    authScopes: { session: true },
    resolve: async (_root, { input }, context) => {
      const workspaceId = uuidOf('Workspace', input.workspaceId)
      actAs(context, await switchWorkspace(context.deps, principalOf(context), workspaceId))
      return {}
    },
  },
  { description: 'You have moved.', outputFields: workspaceFields },
)

builder.relayMutationField(
  'changeMemberRole',
  {
    description: 'Whose role to change.',
    inputFields: (t) => ({
      userId: t.id({ required: true, description: 'The member.' }),
      role: t.field({ type: RoleType, required: true, description: 'Their role from now on.' }),
    }),
  },
  {
    description: 'Gives a member another role. Errors: NOT_FOUND, FORBIDDEN.',
    authScopes: manageMembers,
    resolve: async (_root, { input }, context) => {
      const userId = uuidOf('User', input.userId)
      await changeMemberRole(context.deps, principalOf(context), { userId, role: input.role })
      return { userId }
    },
  },
  {
    description: 'The change of role.',
    outputFields: (t) => ({
      membership: t.prismaField({
        type: Membership,
        description: 'The member as they are now.',
        resolve: (query, { userId }, _args, context) =>
          readMember(context.deps, { workspaceId: workspaceOf(context), userId }, query),
      }),
    }),
  },
)

builder.relayMutationField(
  'removeMember',
  {
    description: 'Who has to leave.',
    inputFields: (t) => ({
      userId: t.id({ required: true, description: 'The member.' }),
    }),
  },
  {
    description:
      'Ends a membership; the sessions and API keys that hang on it stop at once. ' +
      'Errors: NOT_FOUND, FORBIDDEN.',
    authScopes: manageMembers,
    resolve: async (_root, { input }, context) => {
      await removeMember(context.deps, principalOf(context), uuidOf('User', input.userId))
      return { removedUserId: input.userId }
    },
  },
  {
    description: 'The membership has ended.',
    outputFields: (t) => ({
      removedUserId: t.exposeID('removedUserId', { description: 'Who has left.' }),
    }),
  },
)
