import { styleText } from 'node:util'
import { runProgram } from '../api/platform/process.ts'
import { StartRefusal } from '../api/platform/start-refusal.ts'
import { startEdge } from '../edge-probe/testing/edge.ts'
import { DEMO_EMAIL, readMonitors, signIn, watchTargets } from './account.ts'
import { DEMO_REGIONS, edgeKeys } from './edge-keys.ts'
import { tellNews } from './edge-news.ts'
import { say } from './say.ts'

const EVERY_MINUTE_MS = 60_000
/** Goes down and comes back by itself: demo/targets.ts. */
const WATCHED = 'Flapping'

const HELP = `npm run edge: the edge probe in its real runtime on this machine, as three regions.

  PHAROS_URL    which Pharos to report to; http://localhost:4000, the demo, by default
  PHAROS_TOKEN  an API key with PROBES_READ, PROBES_WRITE, MONITORS_READ; none for the demo
`

/** 1. Keys for three regions. 2. The Worker. 3. Its cron. 4. What it says, until Ctrl-C. */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) return console.log(HELP)
  const { PHAROS_URL: pharosUrl = 'http://localhost:4000', PHAROS_TOKEN } = process.env
  const graphqlUrl = URL.parse('/graphql', pharosUrl)?.href
  if (!graphqlUrl) throw refusal('PHAROS_URL is no address')
  const { token, keys } = await openProbes(graphqlUrl, PHAROS_TOKEN)
  const edge = await startEdge({ pharosUrl, keys, isOnline: true, onLog })
  console.log(greeting(graphqlUrl, edge.url))
  await edge.cron()
  setInterval(() => edge.cron(), EVERY_MINUTE_MS)
  await tellNews(graphqlUrl, token, DEMO_REGIONS)
}

async function openProbes(graphqlUrl: string, given: string | undefined) {
  try {
    const token = given ?? (await signIn(graphqlUrl))
    const keys = await edgeKeys(graphqlUrl, token)
    if (!given) await watchFromEdge(graphqlUrl, token)
    return { token, keys }
  } catch (error) {
    const who = given ? 'PHAROS_TOKEN' : DEMO_EMAIL
    throw refusal(`${who} gets no probes from ${graphqlUrl} (${reasonOf(error)})`)
  }
}

function refusal(problem: string): StartRefusal {
  return new StartRefusal(
    `${problem}.\nStart the demo beside this (npm run demo), or see npm run edge -- --help.`,
  )
}

/** So that there is something to see: what the demo watches by itself is watched from here, too. */
async function watchFromEdge(graphqlUrl: string, token: string): Promise<void> {
  const monitors = await readMonitors(graphqlUrl, token)
  const watched = monitors.find(({ name }) => name === WATCHED)
  if (!watched) return
  const monitor = { name: `${WATCHED}, from the edge`, url: watched.target, regions: DEMO_REGIONS }
  await watchTargets(graphqlUrl, token, [monitor])
}

/** What the runtime says of itself comes with a stack of its own binary; what the Worker says, without. */
function onLog(message: string): void {
  if (!/\bworkerd@/.test(message)) say('edge', message)
}

function greeting(graphqlUrl: string, edgeUrl: URL): string {
  const regions = DEMO_REGIONS.map((region) => `"${region}"`).join(', ')
  return `
${styleText('bold', 'Edge probe')} in the real runtime of Cloudflare Workers, as three regions.

  GraphiQL   ${graphqlUrl}
  Worker     ${new URL('/healthz', edgeUrl)}

A monitor is checked from there once it names the regions:

  mutation { createMonitor(input: { name: "Seen from three places", kind: HTTP,
    target: "https://example.com/", intervalSeconds: 30, regions: [${regions}] }) { monitor { id } } }

  { probes { region isOnline lastSeenAt acceptedCount }
    monitors { nodes { name status votes { region vote reason advisory } } } }

Ctrl-C ends it: three minutes later Pharos says that the regions are silent.
`
}

/** Fetch says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message } = error.cause instanceof Error ? error.cause : error
  return message.replace(/\.$/, '')
}

await runProgram(main)
