import { builder } from '../../graphql/builder.ts'
import { type Context, principalOf, workspaceOf } from '../../graphql/context.ts'
import { uuid } from '../../graphql/ids.ts'
import { readOwnUser } from './store.ts'

export const User = builder.prismaNode('User', {
  description: 'A person with an account.',
  authScopes: { signedIn: true },
  id: { field: 'id' },
  findUnique: (key, context) => ({
    id: uuid(key),
    memberships: { some: { workspaceId: workspaceOf(context) } },
  }),
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the person wants to be called.' }),
    email: t.exposeString('email', {
      description: 'The address the person signs in with.',
      authScopes: selfOrReader,
    }),
    emailVerifiedAt: t.expose('emailVerifiedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the address was shown to be theirs; null until then.',
      authScopes: selfOrReader,
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the account was made.',
    }),
    memberships: t.relation('memberships', {
      description: 'Where the person belongs: all workspaces of your own, else this one only.',
      authScopes: selfOrReader,
      query: (_args, context) => ({
        where: visibleMemberships(context),
        orderBy: { createdAt: 'asc' },
      }),
    }),
  }),
})

builder.queryFields((t) => ({
  viewer: t.prismaField({
    type: User,
    nullable: true,
    description: 'You, or the maker of the API key you use; null when signed out.',
    authScopes: { anyone: true },
    resolve: (query, _root, _args, context) =>
      context.principal && readOwnUser(context.deps, context.principal, query),
  }),
}))

function selfOrReader(user: { id: string }, _args: unknown, { principal }: Context) {
  const isSelf = principal?.credential.kind === 'SESSION' && principal.userId === user.id
  return isSelf || ({ permission: 'WORKSPACE_READ' } as const)
}

function visibleMemberships(context: Context) {
  const principal = principalOf(context)
  const { workspaceId } = principal
  if (principal.credential.kind !== 'SESSION') return { workspaceId }
  return { OR: [{ workspaceId }, { userId: principal.userId }] }
}
