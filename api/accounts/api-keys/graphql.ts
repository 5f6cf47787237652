import { builder, type PayloadFields } from '../../graphql/builder.ts'
import { principalOf, workspaceOf } from '../../graphql/context.ts'
import { described } from '../../graphql/described.ts'
import { owned, uuidOf } from '../../graphql/ids.ts'
import { type Permission, permissions } from '../principal.ts'
import { createApiKey, revokeApiKey } from './deeds.ts'
import { countApiKeys, readApiKey, readApiKeys } from './store.ts'

const administer = { permission: 'WORKSPACE_ADMIN' } as const

/** Not for API keys: one could outlive and outgrow itself. */
const administerInPerson = { $all: { session: true, permission: 'WORKSPACE_ADMIN' } } as const

export const PermissionType = builder.enumType('Permission', {
  description: 'What a caller may do: the sum of a role, or the scopes of an API key.',
  values: described<Permission>({
    MONITORS_READ: 'See monitors, their checks and their uptime.',
    MONITORS_WRITE: 'Create, change, pause and delete monitors.',
    INCIDENTS_READ: 'See incidents and alerts.',
    INCIDENTS_WRITE: 'Acknowledge, comment and resolve incidents.',
    PROBES_READ: 'See probes.',
    PROBES_WRITE: 'Register and revoke probes.',
    WORKSPACE_READ: 'See the workspace and its members.',
    WORKSPACE_ADMIN: 'Manage the workspace, its members and its API keys.',
  }),
})

export const ApiKey = builder.prismaNode('ApiKey', {
  description: 'A credential for programs, bound to one workspace. Its secret is shown once.',
  authScopes: administer,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What its maker called it.' }),
    publicId: t.exposeString('publicId', {
      description: 'The part of the token that is no secret: `pharos_<publicId>_…`.',
    }),
    scopes: t.field({
      type: [PermissionType],
      description: 'What it may do, as long as its maker may do it too.',
      resolve: (key) => permissions.filter((permission) => key.scopes.includes(permission)),
    }),
    createdBy: t.relation('createdBy', {
      nullable: true,
      description: 'Its maker; once they leave the workspace, the key is refused.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when it works; null for no end.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null for never.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is refused; null while it works.',
    }),
  }),
})

builder.queryFields((t) => ({
  apiKeys: t.prismaConnection(
    {
      type: ApiKey,
      cursor: 'id',
      description: 'The API keys of the workspace, newest first.',
      authScopes: administer,
      totalCount: (_root, _args, context) => countApiKeys(context.deps, workspaceOf(context)),
      resolve: (query, _root, _args, context) =>
        readApiKeys(context.deps, workspaceOf(context), query),
    },
    { name: 'ApiKeyConnection' },
    { name: 'ApiKeyEdge' },
  ),
}))

builder.relayMutationField(
  'createApiKey',
  {
    description: 'What the API key is for.',
    inputFields: (t) => ({
      name: t.string({ required: true, description: 'What to call it, 1–100 characters.' }),
      scopes: t.field({
        type: [PermissionType],
        required: true,
        description: 'What it may do: nothing that you may not.',
      }),
      expiresAt: t.field({
        type: 'DateTime',
        description: 'Until when it works; absent for no end.',
      }),
    }),
  },
  {
    description:
      'Makes an API key for this workspace. Errors: BAD_USER_INPUT, FORBIDDEN, LIMIT_REACHED.',
    authScopes: administerInPerson,
    resolve: (_root, { input }, context) => createApiKey(context.deps, principalOf(context), input),
  },
  {
    description: 'The new API key.',
    outputFields: (t) => ({
      token: t.exposeString('token', {
        description: 'The key, for `Authorization: Bearer`. It is shown here only.',
      }),
      ...apiKeyField(t),
    }),
  },
)

builder.relayMutationField(
  'revokeApiKey',
  {
    description: 'Which API key to revoke.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: 'The id of the API key.' }),
    }),
  },
  {
    description:
      'Refuses an API key from now on. Doing it twice changes nothing. Errors: NOT_FOUND.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const apiKeyId = uuidOf('ApiKey', input.id)
      await revokeApiKey(context.deps, principalOf(context), apiKeyId)
      return { apiKeyId }
    },
  },
  {
    description: 'The API key that was revoked.',
    outputFields: apiKeyField,
  },
)

function apiKeyField(t: PayloadFields<{ apiKeyId: string }>) {
  return {
    apiKey: t.prismaField({
      type: ApiKey,
      description: 'The API key as it is now.',
      resolve: (query, { apiKeyId }, _args, context) =>
        readApiKey(context.deps, owned(apiKeyId, context), query),
    }),
  }
}
