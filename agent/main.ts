import { parseArgs } from 'node:util'
import { buildAgent, greeting, startAgent } from './private/agent.ts'
import { runRound } from './private/round.ts'
import { readSettings, type Settings } from './private/settings.ts'

/** Past this the process ends whatever is still under way; what it has found is on disk. */
const STOP_DEADLINE_MS = 10_000
const OLDEST_NODE = 22

const HELP = `A private agent of Pharos: checks from where it runs, behind any firewall, by HTTP out only.

  npm run agent [-- --once]

  --once     ask what to check, check each monitor once, tell what was found, and end
  --help     this

Environment, or a .env file:
  PHAROS_URL            the address of Pharos, such as https://pharos.example.com
  PROBE_ID              the probe's keyId, as registerProbe gave it
  PROBE_SECRET          its secret (whsec_…), shown once
  DATA_DIR              where results wait that could not be told yet; .data
  OUTBOUND_ALLOW_CIDRS  private ranges that it may check; none
  REFERENCE_TARGETS     asked whether its own network works when checks begin to fail; none: nobody
  LOG_LEVEL             debug, info, warn, error or silent; info
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return console.log(HELP)
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    return refuse(`The agent needs Node ${OLDEST_NODE} or later; this is ${process.versions.node}`)
  }
  loadEnvFile()
  const settings = await readSettings(process.env)
  if ('mistakes' in settings) {
    return refuse(`The agent cannot start yet:\n  ${settings.mistakes.join('\n  ')}`)
  }
  await (values.once ? once(settings) : run(settings))
}

async function run(settings: Settings): Promise<void> {
  const agent = await buildAgent(settings)
  console.log(greeting(settings, agent))
  const running = startAgent(agent)
  const stop = async () => {
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
    await running.stop()
    process.exit(0)
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

async function once(settings: Settings): Promise<void> {
  const agent = await buildAgent(settings)
  const trouble = await runRound(agent)
  agent.checker.stop()
  agent.spool.close()
  if (trouble) refuse(trouble)
}

function refuse(why: string): void {
  console.error(why)
  process.exitCode = 1
}

function loadEnvFile(): void {
  try {
    process.loadEnvFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

try {
  await main()
} catch (error) {
  refuse((error as Error).message)
}
