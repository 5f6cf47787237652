import type { Principal } from '../api/accounts/principal.ts'
import { signIn } from '../api/accounts/sessions/deeds.ts'
import { signUp } from '../api/accounts/users/deeds.ts'
import { createApp } from '../api/app.ts'
import type { Deps } from '../api/deps.ts'
import { createMonitor } from '../api/monitors/deeds.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { loadEnvFile, runProgram } from '../api/platform/process.ts'
import { Refusal } from '../api/refusal.ts'

const ACCOUNT = { email: 'demo@pharos.example', password: 'lighthouse-keeper' }

const MONITORS = [
  { name: 'Home page', target: 'https://example.com/', intervalSeconds: 60 },
  { name: 'Shop', target: 'https://example.org/', intervalSeconds: 60, latencyThresholdMs: 800 },
  {
    name: 'API',
    target: 'https://example.net/',
    intervalSeconds: 30,
    http: { expectedStatus: [{ from: 200, to: 200 }] },
  },
]

/** A demo account with three monitors; what is there already is left as it is. */
async function seed(deps: Deps): Promise<void> {
  const principal = await openAccount(deps)
  const { workspaceId } = principal
  const present = await deps.database.prisma.monitor.findMany({ where: { workspaceId } })
  for (const monitor of MONITORS)
    if (!present.some(({ name }) => name === monitor.name))
      await createMonitor(deps, principal, { kind: 'HTTP', ...monitor })
  console.log(`Sign in as ${ACCOUNT.email} with the password ${ACCOUNT.password}.`)
}

async function openAccount(deps: Deps): Promise<Principal> {
  try {
    return (await signUp(deps, { ...ACCOUNT, name: 'Demo' })).principal
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'CONFLICT') throw error
    return (await signIn(deps, ACCOUNT)).principal
  }
}

await runProgram(async () => {
  loadEnvFile()
  // Whoever may run this owns the installation: no sign-up rule binds them, and nothing is checked meanwhile.
  const environment = { ...readEnvironment(process.env), signUp: 'open' as const, roles: [] }
  const app = await createApp(environment)
  await seed(app.deps).finally(app.close)
})
