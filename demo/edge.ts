import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { styleText } from 'node:util'
import { DEMO_EMAIL, signIn } from './account.ts'
import { EDGE_REGIONS, edgeKeys } from './edge-keys.ts'

const ROOT = new URL('..', import.meta.url).pathname
const WRANGLER = join(ROOT, 'node_modules/.bin/wrangler')
const FOLDER = join(ROOT, '.data/edge')
const SECRETS = join(FOLDER, 'secrets.env')
const PHAROS_URL = process.env['PHAROS_URL'] ?? 'http://localhost:4000'
const EDGE_URL = 'http://127.0.0.1:8787'
const EVERY_MINUTE_MS = 60_000
const LOOK_AGAIN_MS = 500

/** The edge probe on this machine: 1. keys for three regions, 2. the Worker in its real runtime, 3. its cron. */
async function main(): Promise<void> {
  const graphqlUrl = new URL('/graphql', PHAROS_URL).href
  const keys = await edgeKeys(graphqlUrl, await findToken(graphqlUrl))
  await mkdir(FOLDER, { recursive: true })
  // Not on the command line, which everybody on this machine can read.
  await writeFile(SECRETS, `PHAROS_URL=${PHAROS_URL}\nPHAROS_KEYS=${keys}\n`, { mode: 0o600 })
  const worker = startWorker()
  await answers()
  console.log(greeting(graphqlUrl))
  while (worker.exitCode === null) {
    await fetch(`${EDGE_URL}/__scheduled?cron=*+*+*+*+*`)
    await pause(EVERY_MINUTE_MS)
  }
}

async function findToken(graphqlUrl: string): Promise<string> {
  const given = process.env['PHAROS_TOKEN']
  if (given) return given
  try {
    return await signIn(graphqlUrl)
  } catch (error) {
    throw new Error(
      `${DEMO_EMAIL} cannot sign in at ${PHAROS_URL} (${(error as Error).message}).\n` +
        'Start the demo first (npm run demo), or give PHAROS_URL of a running Pharos and, as\n' +
        'PHAROS_TOKEN, an API key with PROBES_READ and PROBES_WRITE.',
    )
  }
}

/** What this machine has to offer may be checked: the demo's targets, and the API itself. */
function startWorker(): ChildProcess {
  const { port } = new URL(EDGE_URL)
  const options = [
    ['--local', '--test-scheduled', '--show-interactive-dev-session=false', '--log-level=warn'],
    ['--port', port, '--env-file', SECRETS, '--persist-to', FOLDER],
    ['--var', 'OUTBOUND_ALLOW_CIDRS:127.0.0.1/32', '--var', 'TRACE_URL:'],
  ]
  const worker = spawn(WRANGLER, ['dev', ...options.flat()], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  worker.once('exit', (code) => process.exit(code ?? 0))
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => worker.kill(signal))
  return worker
}

/** Until the Worker answers; if it cannot start, its end is ours. */
async function answers(): Promise<void> {
  const isUp = () =>
    fetch(`${EDGE_URL}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isUp())) await pause(LOOK_AGAIN_MS)
}

function greeting(graphqlUrl: string): string {
  const regions = EDGE_REGIONS.map((region) => `"${region}"`).join(', ')
  return `
${styleText('bold', 'Edge probe')} in the real runtime of Cloudflare Workers, as three regions.

  Worker     ${EDGE_URL}/healthz
  Reports    to ${PHAROS_URL}
  Its state  ${FOLDER}

A monitor is checked from there once it names the regions. In GraphiQL, ${graphqlUrl}:

  mutation { createMonitor(input: { name: "Seen from three places", kind: HTTP,
    target: "https://example.com/", intervalSeconds: 30, regions: [${regions}] }) { monitor { id } } }

  { probes { region isOnline lastSeenAt acceptedCount } monitors { nodes { name status votes { region vote } } } }

Ctrl-C ends it.
`
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
