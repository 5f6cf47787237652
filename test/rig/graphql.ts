type Answer<T> = { data?: T | null; errors?: { message: string; extensions?: { code?: string } }[] }

/** A caller of the GraphQL API. `url` is asked before each call: a server that comes back may have moved. */
export type Caller = {
  url(): string
  token: string | null
  ask<T>(document: string, variables?: object): Promise<T>
}

export function caller(url: () => string, token: string | null = null): Caller {
  return {
    url,
    token,
    async ask<T>(document: string, variables: object = {}) {
      const response = await fetch(new URL('/graphql', url()), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body: JSON.stringify({ query: document, variables }),
      })
      const { data, errors } = (await response.json()) as Answer<T>
      if (errors || !data) throw new Error(`GraphQL refused: ${JSON.stringify(errors)}`)
      return data
    },
  }
}

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }'

/** Makes an account and speaks for it from then on. */
export async function signUp(url: () => string, email: string): Promise<Caller> {
  const { signUp: session } = await caller(url).ask<{ signUp: { token: string } }>(SIGN_UP, {
    input: { email, password: 'a lighthouse at night', name: 'Alice' },
  })
  return caller(url, session.token)
}

export type MonitorWish = {
  name: string
  target: string
  regions?: string[]
  intervalSeconds?: number
  timeoutMs?: number
  failureThreshold?: number
  recoveryThreshold?: number
  latencyThresholdMs?: number
  slowThreshold?: number
  normalThreshold?: number
  alertEmail?: string
  assertions?: { source: string; comparison: string; target: string }[]
}

const CREATE_MONITOR =
  'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'

/** The new monitor's opaque id. */
export async function createMonitor(alice: Caller, wish: MonitorWish): Promise<string> {
  const { createMonitor: created } = await alice.ask<{
    createMonitor: { monitor: { id: string } }
  }>(CREATE_MONITOR, { input: { kind: 'HTTP', ...wish } })
  return created.monitor.id
}

/** The status of each of the first hundred monitors, by name. */
export async function statuses(alice: Caller): Promise<Map<string, string>> {
  const { monitors } = await alice.ask<{ monitors: { nodes: { name: string; status: string }[] } }>(
    '{ monitors(first: 100) { nodes { name status } } }',
  )
  return new Map(monitors.nodes.map(({ name, status }) => [name, status]))
}
