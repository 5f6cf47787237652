import type { Deps } from '../api/deps.ts'
import type { Budgets } from '../api/graphql/budget.ts'
import { type OpenLimits, openLimits } from '../api/web/limits.ts'
import { type WebServer, openServer } from '../api/web/server.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { testDeps } from './deps.ts'

export type Problem = {
  message: string
  path?: (string | number)[]
  extensions: { code: string; requestId: string; issues?: { path: string[]; message: string }[] }
}

// oxlint-disable-next-line typescript/no-explicit-any -- the shape is what the document asks for
export type Answer = { status: number; headers: Headers; data: any; errors: Problem[] }

/** A test may stand still for a while between an upgrade and what it says first. */
const PATIENT: OpenLimits = { ...openLimits, initDeadlineMs: 30_000 }

type Headered = Record<string, string>

export type TestServer = AsyncDisposable & {
  deps: Deps
  database: TestDatabase
  server: WebServer
  url: string
  /** One operation as JSON by POST; `token` goes into the Authorization header. */
  ask(query: string, variables?: object, token?: string | null, headers?: Headered): Promise<Answer>
}

type Wishes = {
  variables?: Record<string, string>
  budgets?: Budgets
  deadlineMs?: number
  maxRefused?: number
  limits?: Partial<OpenLimits>
  deps?: Partial<Deps>
}

/** The web part of the app over real HTTP on a database of its own; no scheduler, no dispatcher. */
export async function openTestServer(wishes: Wishes = {}) {
  const { variables, limits, deps: other, ...rest } = wishes
  const database = await openTestDatabase()
  const deps = { ...testDeps(database, variables), ...other }
  const server = await openServer(deps, { listenAt: 0, ...rest, limits: { ...PATIENT, ...limits } })
  const testServer: TestServer = {
    deps,
    database,
    server,
    url: server.url,
    ask: (query, asked, token, headers) =>
      ask(server.url, { query, variables: asked, token, headers }),
    async [Symbol.asyncDispose]() {
      await server.close()
      await database.close()
    },
  }
  return testServer
}

async function ask(
  url: string,
  {
    query,
    variables,
    token,
    headers,
  }: { query: string; variables?: object; token?: string | null; headers?: Headered },
): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  const { data = null, errors = [] } = (await response.json()) as Partial<Answer>
  return { status: response.status, headers: response.headers, data, errors }
}
