import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stir } from '../../../test/changes.ts'
import { eventually } from '../../../test/eventually.ts'
import { follow, type Follower, type Transport, transports } from '../../../test/followers.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { PASSWORD } from '../../../test/people.ts'
import { enter } from '../../../test/sockets.ts'
import { createApiKey } from '../../accounts/api-keys/deeds.ts'
import { startSession } from '../../accounts/sessions/deeds.ts'
import type { SignedIn } from '../../accounts/sessions/session.ts'
import { hashPassword } from '../../accounts/users/password.ts'
import { type Database, inTransaction, openDatabase } from '../../platform/database.ts'
import { encodeId } from '../ids.ts'

/** What SECURITY promises. */
const LATEST_MS = 5_000

let app: TestServer
/** The same, by connections of its own: what the server asks does not queue up behind what happens. */
let busy: Database
beforeAll(async () => {
  app = await openTestServer()
  busy = openDatabase(app.database.url, app.database)
})
afterAll(async () => {
  await busy.close()
  await app[Symbol.asyncDispose]()
})

/** A workspace of its own for each case, with a member who is going to lose what they had. */
type Scene = {
  workspaceId: string
  owner: SignedIn
  member: SignedIn
  apiKey: string
  monitor: Watched
}

let scenes = 0
async function openScene(): Promise<Scene> {
  scenes += 1
  const members = ['owner', 'member'].map((name) => `${name}-${scenes}@example.com`)
  const { workspaceId, userIds, monitors } = await watch(app.database, { members })
  const owner = await signIn(userIds[0]!, workspaceId)
  const member = await signIn(userIds[1]!, workspaceId)
  const key = { name: 'follows', scopes: ['MONITORS_READ' as const] }
  const { token: apiKey } = await createApiKey(app.deps, member.principal, key)
  return { workspaceId, owner, member, apiKey, monitor: monitors[0]! }
}

function signIn(userId: string, workspaceId: string): Promise<SignedIn> {
  return inTransaction(app.database, (tx) => startSession(app.deps, tx, { userId, workspaceId }))
}

const sql = (text: string, values: unknown[]) => app.database.pool.query(text, values)
const idOf = ({ principal }: SignedIn) => principal.userId
const ask = ({ token }: SignedIn, query: string) => app.ask(query, {}, token)

type Case = {
  what: string
  /** Follows with the API key instead of the member's session. */
  isByKey?: true
  loss: 'GONE' | 'CHANGED'
  withdraw(scene: Scene): Promise<unknown>
}

/** By a deed, which calls it out. */
const DEEDS: Case[] = [
  {
    what: 'signs out',
    loss: 'GONE',
    withdraw: ({ member }) => ask(member, 'mutation { signOut(input: {}) { __typename } }'),
  },
  {
    what: 'signs out everywhere from elsewhere',
    loss: 'GONE',
    async withdraw({ member, workspaceId }) {
      const elsewhere = await signIn(idOf(member), workspaceId)
      await ask(elsewhere, 'mutation { signOut(input: { everywhere: true }) { __typename } }')
    },
  },
  {
    what: 'changes the password',
    loss: 'GONE',
    async withdraw({ member }) {
      const passwordHash = await hashPassword(PASSWORD)
      await sql('UPDATE users SET password_hash = $2 WHERE id = $1', [idOf(member), passwordHash])
      const input = `currentPassword: "${PASSWORD}", newPassword: "a lighthouse by day"`
      await ask(member, `mutation { changePassword(input: { ${input} }) { token } }`)
    },
  },
  {
    what: 'is given another role',
    loss: 'CHANGED',
    withdraw({ owner, member }) {
      const input = `userId: "${encodeId('User', idOf(member))}", role: VIEWER`
      return ask(owner, `mutation { changeMemberRole(input: { ${input} }) { __typename } }`)
    },
  },
  {
    what: 'is removed from the workspace',
    loss: 'GONE',
    withdraw({ owner, member }) {
      const input = `userId: "${encodeId('User', idOf(member))}"`
      return ask(owner, `mutation { removeMember(input: { ${input} }) { __typename } }`)
    },
  },
  {
    what: 'has an API key that is revoked',
    isByKey: true,
    loss: 'GONE',
    async withdraw({ owner }) {
      const { data } = await ask(owner, '{ apiKeys { nodes { id } } }')
      const [{ id }] = data.apiKeys.nodes
      await ask(owner, `mutation { revokeApiKey(input: { id: "${id}" }) { __typename } }`)
    },
  },
]

/** In the database alone, as where whoever did it could not call it out: Redis may be gone. */
const SILENT: Case[] = [
  {
    what: 'has no session any more',
    loss: 'GONE',
    withdraw: ({ member }) => sql('DELETE FROM sessions WHERE user_id = $1', [idOf(member)]),
  },
  {
    what: 'has a session that is over',
    loss: 'GONE',
    withdraw: ({ member }) =>
      sql('UPDATE sessions SET expires_at = now() WHERE user_id = $1', [idOf(member)]),
  },
  {
    what: 'is no member any more',
    loss: 'GONE',
    withdraw: ({ member }) => sql('DELETE FROM memberships WHERE user_id = $1', [idOf(member)]),
  },
  {
    what: 'has another role',
    loss: 'CHANGED',
    withdraw: ({ member }) =>
      sql(`UPDATE memberships SET role = 'ADMIN' WHERE user_id = $1`, [idOf(member)]),
  },
  {
    what: 'has an API key that is revoked',
    isByKey: true,
    loss: 'GONE',
    withdraw: ({ workspaceId }) =>
      sql('UPDATE api_keys SET revoked_at = now() WHERE workspace_id = $1', [workspaceId]),
  },
  {
    what: 'has an API key that expires',
    isByKey: true,
    loss: 'GONE',
    withdraw: ({ workspaceId }) =>
      sql('UPDATE api_keys SET expires_at = now() WHERE workspace_id = $1', [workspaceId]),
  },
  {
    what: 'has an API key of other scopes',
    isByKey: true,
    loss: 'CHANGED',
    withdraw: ({ workspaceId }) =>
      sql(`UPDATE api_keys SET scopes = '{}' WHERE workspace_id = $1`, [workspaceId]),
  },
  {
    what: 'is of a workspace that is suspended',
    loss: 'GONE',
    withdraw: ({ workspaceId }) =>
      sql('UPDATE workspaces SET suspended_at = now() WHERE id = $1', [workspaceId]),
  },
]

/** How it ends, and the error that is said last: a socket says it by its code, and no word. */
const endings: Record<Transport, Record<Case['loss'], [unknown, string | null]>> = {
  websocket: { GONE: [4403, null], CHANGED: [1012, null] },
  sse: { GONE: ['complete', 'UNAUTHENTICATED'], CHANGED: ['complete', 'FORBIDDEN'] },
}

/** Follows, is told things until access is withdrawn, and gives how it ended. */
async function lose(transport: Transport, { isByKey, withdraw }: Case) {
  const scene = await openScene()
  const token = isByKey ? scene.apiKey : scene.member.token
  const query = 'subscription { changes { node { ... on Monitor { name } } } }'
  using follower = await follow(transport, app, { query, token })
  const said: (string | null)[] = []
  let ended: unknown = null
  void listen(follower, said)
  void follower.ended.then((how) => (ended = how))
  const stopping = new AbortController()
  const stirred = keepStirring(scene.monitor, stopping.signal)
  try {
    await eventually('told', () => said.length > 0)
    await withdraw(scene)
    return [await eventually('cut', () => ended, LATEST_MS), said.at(-1)]
  } finally {
    stopping.abort()
    await stirred
  }
}

/** One after the other: where they take long, they do not pile up. */
async function keepStirring(monitor: Watched, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await stir(busy, monitor)
    await delay(50)
  }
}

/** The code of each result's error, null where there was none. */
async function listen({ hear }: Follower, said: (string | null)[]): Promise<never> {
  for (;;) said.push((await hear()).errors[0]?.extensions.code ?? null)
}

it.each(transports)('over %s nobody is told anything once they may not be', async (transport) => {
  const cases = [...DEEDS, ...SILENT]
  const found = await Promise.all(
    cases.map(async (one) => [one.what, ...(await lose(transport, one))]),
  )
  expect(found).toEqual(cases.map(({ what, loss }) => [what, ...endings[transport][loss]]))
})

it('a socket that follows nothing is closed all the same', async () => {
  const cases = [...DEEDS, ...SILENT]
  const found = await Promise.all(
    cases.map(async ({ what, isByKey, withdraw }) => {
      const scene = await openScene()
      using socket = await enter(app.url, isByKey ? scene.apiKey : scene.member.token)
      await withdraw(scene)
      return [what, (await socket.closed).code]
    }),
  )
  expect(found).toEqual(cases.map(({ what, loss }) => [what, endings.websocket[loss][0]]))
})
