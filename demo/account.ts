import { ask, need } from './graphql.ts'

/** The demo's account; the address exists nowhere but in the demo's own inbox. */
export const DEMO_EMAIL = 'demo@pharos.example'
export const DEMO_PASSWORD = 'lighthouse-keeper'

const SLOW_ABOVE_MS = 300
const INTERVAL_SECONDS = 10

/** Signs the demo account in, making it on the first start; the session's token. */
export async function openAccount(graphqlUrl: string): Promise<string> {
  const account = { email: DEMO_EMAIL, password: DEMO_PASSWORD }
  const signedUp = await ask<{ signUp: { token: string } }>(
    graphqlUrl,
    'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }',
    { input: { ...account, name: 'Demo' } },
  )
  if (signedUp.data) return signedUp.data.signUp.token
  return signIn(graphqlUrl)
}

/** Signs the demo account in where it exists already. */
export async function signIn(graphqlUrl: string): Promise<string> {
  const signedIn = await ask<{ signIn: { token: string } }>(
    graphqlUrl,
    'mutation ($input: SignInInput!) { signIn(input: $input) { token } }',
    { input: { email: DEMO_EMAIL, password: DEMO_PASSWORD } },
  )
  return need(signedIn).signIn.token
}

/** What to watch; where no regions are named, from the API's own. */
export type Watched = { name: string; url: string; regions?: readonly string[] }

/** Points one monitor at each target; those of an earlier start, whose ports are gone, are pointed anew. */
export async function watchTargets(
  graphqlUrl: string,
  token: string,
  targets: Watched[],
): Promise<void> {
  const monitors = await readMonitors(graphqlUrl, token)
  for (const target of targets) {
    const known = monitors.find((monitor) => monitor.name === target.name)
    if (known) await repoint(graphqlUrl, token, known.id, target.url)
    else await watch(graphqlUrl, token, target)
  }
}

type Known = { id: string; name: string; target: string }

export async function readMonitors(graphqlUrl: string, token: string): Promise<Known[]> {
  const { monitors } = need(
    await ask<{ monitors: { nodes: Known[] } }>(
      graphqlUrl,
      '{ monitors(first: 100) { nodes { id name target } } }',
      {},
      token,
    ),
  )
  return monitors.nodes
}

async function watch(
  graphqlUrl: string,
  token: string,
  { name, url: target, regions }: Watched,
): Promise<void> {
  const input = {
    name,
    kind: 'HTTP',
    target,
    regions,
    intervalSeconds: INTERVAL_SECONDS,
    timeoutMs: 5_000,
    latencyThresholdMs: SLOW_ABOVE_MS,
  }
  const mutation =
    'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'
  need(await ask(graphqlUrl, mutation, { input }, token))
}

async function repoint(
  graphqlUrl: string,
  token: string,
  id: string,
  target: string,
): Promise<void> {
  const mutation =
    'mutation ($input: UpdateMonitorInput!) { updateMonitor(input: $input) { monitor { id } } }'
  need(await ask(graphqlUrl, mutation, { input: { id, target } }, token))
}
