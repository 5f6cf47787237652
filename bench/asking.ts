import { randomBytes } from 'node:crypto'
import { createApiKey } from '../api/accounts/api-keys/deeds.ts'
import { createAttempts } from '../api/accounts/attempts.ts'
import { credentialOf } from '../api/accounts/credential.ts'
import { permissionsOf } from '../api/accounts/principal.ts'
import { createDeps } from '../api/app.ts'
import type { Deps } from '../api/deps.ts'
import { createGate } from '../api/graphql/gate.ts'
import { watchAccess } from '../api/graphql/live/access.ts'
import { createMasking } from '../api/graphql/masking.ts'
import { createGraphql } from '../api/graphql/yoga.ts'
import type { Clock } from '../api/platform/clock.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { createKeyring } from '../api/platform/keyring.ts'
import { createPlaces } from '../api/platform/places.ts'
import { invariant } from '../core/invariant.ts'
import type { Sandbox } from './sandbox.ts'

export const NO_BUDGET = {
  caller: Number.MAX_SAFE_INTEGER,
  workspace: Number.MAX_SAFE_INTEGER,
  stranger: Number.MAX_SAFE_INTEGER,
}

/** The answer as it would go out, after it was found to hold no errors. */
export type Ask = (query: string, variables: object) => Promise<string>

/** All that the server does between its socket and its database: API key, limits, resolvers, JSON. */
export async function openAsking(
  { database }: Sandbox,
  workspaceId: string,
  clock: Clock,
): Promise<Ask> {
  const deps = depsOn(database, clock)
  const token = await makeApiKey(deps, workspaceId)
  const yoga = createGraphql(deps, {
    gate: createGate(deps),
    attempts: createAttempts(deps),
    access: watchAccess(deps),
    masking: createMasking(deps.log),
    subscriptions: createPlaces({ caller: 0, workspace: 0, process: 0 }),
    budgets: NO_BUDGET,
  })
  const credential = credentialOf(new Headers({ authorization: `Bearer ${token}` }))
  const headers = { 'content-type': 'application/json' }
  return async (query, variables) => {
    const request = { method: 'POST', headers, body: JSON.stringify({ query, variables }) }
    const answerHeaders = new Headers()
    const arrival = { requestId: 'bench', clientIp: null, credential, answerHeaders }
    const response = await yoga.fetch('http://localhost/graphql', request, arrival)
    const text = await response.text()
    invariant(response.ok && !text.includes('"errors"'), `an answer without errors: ${text}`)
    return text
  }
}

export function depsOn(database: Sandbox['database'], clock: Clock): Deps {
  const environment = readEnvironment({ LOG_LEVEL: 'silent' })
  const keyring = createKeyring([{ id: 'bench', key: randomBytes(32) }])
  return createDeps(environment, { database, keyring, clock })
}

export async function makeApiKey(deps: Deps, workspaceId: string): Promise<string> {
  const { rows } = await deps.database.pool.query<{ userId: string }>(
    `WITH u AS (INSERT INTO users (email, name, password_hash) VALUES ('bench@example.com', 'Bench', '') RETURNING id)
     INSERT INTO memberships (workspace_id, user_id, role) SELECT $1, id, 'OWNER' FROM u
     RETURNING user_id AS "userId"`,
    [workspaceId],
  )
  const { userId } = rows[0]!
  const { token } = await createApiKey(
    deps,
    {
      workspaceId,
      userId,
      role: 'OWNER',
      permissions: permissionsOf('OWNER'),
      credential: { kind: 'SESSION', sessionId: userId },
    },
    { name: 'bench', scopes: ['MONITORS_READ', 'INCIDENTS_READ'] },
  )
  return token
}
