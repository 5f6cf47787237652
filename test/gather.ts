import { uuidOf } from '../api/graphql/ids.ts'
import type { TestServer } from './graphql-server.ts'
import { join, type Person, signUp } from './people.ts'

/** Alice owns a workspace, Bob views it, Charlie is a stranger. Their ids are those of the database. */
export async function gather(
  server: TestServer,
): Promise<Record<'alice' | 'bob' | 'charlie', Person>> {
  const alice = await signUp(server, 'alice')
  const bob = await join(server, alice, 'bob', 'VIEWER')
  const charlie = await signUp(server, 'charlie')
  return { alice: byKey(alice), bob: byKey(bob), charlie: byKey(charlie) }
}

function byKey(person: Person): Person {
  return {
    ...person,
    userId: uuidOf('User', person.userId),
    workspaceId: uuidOf('Workspace', person.workspaceId),
  }
}
