import type { Answer, TestServer } from './graphql-server.ts'

/** Somebody with an account, asking in their own workspace or in one they were let into. */
export type Person = {
  token: string
  userId: string
  workspaceId: string
  ask(query: string, variables?: object): Promise<Answer>
}

/** Alice owns a workspace, Bob views it, Charlie is a stranger. */
export async function gather(
  server: TestServer,
): Promise<Record<'alice' | 'bob' | 'charlie', Person>> {
  const alice = await signUp(server, 'alice')
  const bob = await signUp(server, 'bob')
  const charlie = await signUp(server, 'charlie')
  const { prisma } = server.database
  const { workspaceId } = alice
  await prisma.membership.create({ data: { workspaceId, userId: bob.userId, role: 'VIEWER' } })
  await prisma.session.updateMany({ where: { userId: bob.userId }, data: { workspaceId } })
  return { alice, bob: { ...bob, workspaceId }, charlie }
}

async function signUp(server: TestServer, name: string): Promise<Person> {
  const email = `${name}@example.com`
  const { data } = await server.ask(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }',
    { input: { email, password: 'correct horse battery staple', name } },
  )
  const { token } = data.signUp
  const user = await server.database.prisma.user.findUniqueOrThrow({
    where: { email },
    include: { memberships: true },
  })
  return {
    token,
    userId: user.id,
    workspaceId: user.memberships[0]!.workspaceId,
    ask: (query, variables) => server.ask(query, variables, token),
  }
}
