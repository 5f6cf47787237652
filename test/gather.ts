import type { TestServer } from './graphql-server.ts'
import { join, type Person, signUp } from './people.ts'

/** Alice owns a workspace, Bob views it, Charlie is a stranger. */
export async function gather(
  server: TestServer,
): Promise<Record<'alice' | 'bob' | 'charlie', Person>> {
  const alice = await signUp(server, 'alice')
  const bob = await join(server, alice, 'bob', 'VIEWER')
  const charlie = await signUp(server, 'charlie')
  return { alice, bob, charlie }
}
