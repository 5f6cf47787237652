import { permissions, permissionsOf } from '../../api/accounts/principal.ts'
import { startSession } from '../../api/accounts/sessions/deeds.ts'
import { uuidOf } from '../../api/graphql/ids.ts'
import { inTransaction } from '../../api/platform/database.ts'
import { Role } from '../../generated/prisma/enums.ts'
import type { TestServer } from '../graphql-server.ts'
import { createApiKey, join, type Person } from '../people.ts'

/** Somebody who asks: each role with a session, each scope with an API key, and nobody. */
export type Caller = {
  name: string
  kind: 'NOBODY' | 'SESSION' | 'API_KEY'
  permissions: ReadonlySet<string>
  email: string | null
  /** A session is new each time, since some operations end it. */
  token(): Promise<string | null>
}

export async function gatherCallers(app: TestServer, owner: Person): Promise<Caller[]> {
  const people = new Map<Role, Person>([[Role.OWNER, owner]])
  for (const role of [Role.ADMIN, Role.MEMBER, Role.VIEWER]) {
    people.set(role, await join(app, owner, `${owner.name}-${role}`, role))
  }
  const keys = await Promise.all(permissions.map((scope) => createApiKey(owner, [scope])))
  return [
    ...[...people].map(([role, person]) => withRole(app, role, person)),
    ...permissions.map((scope, index) => ({
      name: `an API key for ${scope}`,
      kind: 'API_KEY' as const,
      permissions: new Set([scope]),
      email: owner.email,
      token: async () => keys[index] ?? null,
    })),
    {
      name: 'nobody',
      kind: 'NOBODY',
      permissions: new Set(),
      email: null,
      token: async () => null,
    },
  ]
}

function withRole(app: TestServer, role: Role, person: Person): Caller {
  const key = {
    userId: uuidOf('User', person.userId),
    workspaceId: uuidOf('Workspace', person.workspaceId),
  }
  return {
    name: role,
    kind: 'SESSION',
    permissions: permissionsOf(role),
    email: person.email,
    async token() {
      const { database } = app
      const { token } = await inTransaction(database, (tx) => startSession(app.deps, tx, key))
      return token
    },
  }
}

/** What the rule of a root field says of a caller. */
export function isAllowed(rule: unknown, caller: Caller): boolean {
  if (typeof rule !== 'object' || rule === null) throw new Error('A root field needs a plain rule')
  const { $all, ...any } = rule as { $all?: object }
  const alternatives = Object.entries(any).map(([scope, value]) => holds(scope, value, caller))
  if ($all)
    alternatives.push(Object.entries($all).every(([scope, value]) => holds(scope, value, caller)))
  return alternatives.some(Boolean)
}

function holds(scope: string, value: unknown, { kind, permissions: held }: Caller): boolean {
  switch (scope) {
    case 'anyone':
      return true
    case 'signedIn':
      return kind !== 'NOBODY'
    case 'session':
      return kind === 'SESSION'
    case 'permission':
      return held.has(String(value))
    default:
      throw new Error(`The matrix knows no rule called ${scope}`)
  }
}
