import { builder } from '../../graphql/builder.ts'
import { principalOf, workspaceOf } from '../../graphql/context.ts'
import { owned, uuidOf } from '../../graphql/ids.ts'
import { revokeApiKey } from './deeds.ts'
import { countApiKeys, readApiKeys } from './store.ts'

const administer = { permission: 'WORKSPACE_ADMIN' } as const

export const ApiKey = builder.prismaNode('ApiKey', {
  description: 'A credential for programs, bound to one workspace. Its secret is shown once.',
  authScopes: administer,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What its maker called it.' }),
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
    outputFields: (t) => ({
      apiKey: t.prismaField({
        type: ApiKey,
        description: 'The API key as it is now.',
        resolve: (query, { apiKeyId }, _args, context) =>
          context.deps.database.prisma.apiKey.findUniqueOrThrow({
            ...query,
            where: owned(apiKeyId, context),
          }),
      }),
    }),
  },
)
