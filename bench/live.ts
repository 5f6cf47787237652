import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WebSocketServer } from 'ws'
import { systemClock } from '../api/platform/clock.ts'
import { openServer } from '../api/web/server.ts'
import { stir } from '../test/changes.ts'
import { depsOn, makeApiKey, NO_BUDGET } from './asking.ts'
import { connect, type Heard, nowMs, type Wish } from './live-clients.ts'
import { machine, residentMb } from './machine.ts'
import { quantile } from './quantile.ts'
import { openSandbox, plantMonitors } from './sandbox.ts'

const HELP = `One event to many subscribers in other processes: how many messages a second, how late, and what
a subscriber costs; beside a bare broadcast of the same bytes to as many bare sockets in the same run.

  node bench/live.ts [--subscribers 1000,5000,10000] [--events 20]
`
const CLIENT_PROCESSES = 2
const QUERY =
  'subscription { changes { cursor kind action id node { ... on Monitor { id name status lastCheckedAt } } } }'

/** A way to tell all who are connected; `joined` is how many are. */
type Way = {
  name: string
  url: string
  token: string | null
  joined(): Promise<number> | number
  tell(): Promise<void> | void
}

/** Of each message how late it came; of each event how long all of them took; CPU and memory of the server. */
type Measured = { lateMs: number[]; eventMs: number[]; cpuUs: number; kilobytes: number }

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      subscribers: { type: 'string', default: '1000,5000,10000' },
      events: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  await using opened = new AsyncDisposableStack()
  const clients = Array.from({ length: CLIENT_PROCESSES }, () =>
    fork(new URL('live-clients.ts', import.meta.url), { serialization: 'advanced' }),
  )
  opened.defer(() => clients.forEach((client) => client.kill()))
  const live = await subscriptions(opened)
  const bare = await bareBroadcast(opened, await frameOf(live))
  emptyKilobytes = residentKilobytes()
  for (const count of values.subscribers.split(',').map(Number)) {
    for (const way of [live, bare]) {
      const measured = await measure(way, clients, { count, events: Number(values.events) })
      rows[`${count}, ${way.name}`] = rowOf(measured, count, way === live)
    }
  }
  const load = os.loadavg()[0]!.toFixed(1)
  console.log(`${machine()}, load ${load}, PostgreSQL 18 and the clients on the same machine`)
  console.table(rows)
}

const rows: Record<string, object> = {}
/** Before anybody was there: what subscribers who have left leave behind counts against those who come. */
let emptyKilobytes = 0

async function subscriptions(opened: AsyncDisposableStack): Promise<Way> {
  const sandbox = opened.use(await openSandbox())
  const plan = { count: 1, target: 'https://shop.example', intervalSeconds: 60, isChecked: false }
  const [monitorId = ''] = await plantMonitors(sandbox, plan)
  const { rows: workspaces } = await sandbox.database.pool.query('SELECT id FROM workspaces')
  const workspaceId: string = workspaces[0].id
  const deps = depsOn(sandbox.database, systemClock)
  const token = await makeApiKey(deps, workspaceId)
  const server = await openServer(deps, { listenAt: 0, budgets: NO_BUDGET })
  opened.defer(() => server.close())
  return {
    name: 'GraphQL',
    url: `${server.url.replace('http', 'ws')}/graphql`,
    token,
    joined: async () => (await deps.metrics.subscriptions.get()).values[0]?.value ?? 0,
    tell: () => stir(sandbox.database, { monitorId, workspaceId }),
  }
}

/** What a server sends that does nothing else. */
async function bareBroadcast(opened: AsyncDisposableStack, frame: string): Promise<Way> {
  const server = new WebSocketServer({ port: 0, perMessageDeflate: false })
  await once(server, 'listening')
  opened.defer(() => server.close())
  const { port } = server.address() as AddressInfo
  return {
    name: 'bare ws',
    url: `ws://localhost:${port}`,
    token: null,
    joined: () => server.clients.size,
    tell() {
      for (const client of server.clients) client.send(frame)
    },
  }
}

/** What goes out for one event. */
async function frameOf({ url, token, tell, joined }: Way): Promise<string> {
  const socket = await connect({ url, token, query: QUERY })
  await until(async () => (await joined()) === 1)
  const heard = once(socket, 'message')
  await tell()
  const frame = String((await heard)[0])
  socket.terminate()
  await until(async () => (await joined()) === 0)
  return frame
}

type Plan = { count: number; events: number }

async function measure(
  way: Way,
  clients: ChildProcess[],
  { count, events }: Plan,
): Promise<Measured> {
  const { url, token, joined } = way
  const wish: Wish = { url, token, query: QUERY, count: count / clients.length }
  await tellClients(clients, wish)
  await until(async () => (await joined()) === count)
  const kilobytes = (residentKilobytes() - emptyKilobytes) / count
  // The first only warms up.
  await tellOne(way, clients)
  const measured: Measured = { lateMs: [], eventMs: [], cpuUs: 0, kilobytes }
  const cpuBefore = process.cpuUsage()
  for (let i = 0; i < events; i++) {
    const lateMs = await tellOne(way, clients)
    measured.eventMs.push(Math.max(...lateMs))
    measured.lateMs.push(...lateMs)
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  measured.cpuUs = (user + system) / (events * count)
  await tellClients(clients, 'leave')
  await until(async () => (await joined()) === 0)
  return measured
}

/** How many milliseconds after the event each message was there. */
async function tellOne({ tell }: Way, clients: ChildProcess[]): Promise<number[]> {
  const hearing = Promise.all(clients.map((client) => heardBy(client)))
  const at = nowMs()
  await tell()
  return (await hearing).flatMap((arrivals) => [...(arrivals as Float64Array)].map((ms) => ms - at))
}

async function tellClients(clients: ChildProcess[], wish: Wish): Promise<void> {
  const hearing = clients.map((client) => heardBy(client))
  for (const client of clients) client.send(wish)
  await Promise.all(hearing)
}

async function heardBy(client: ChildProcess): Promise<Heard> {
  const [heard] = (await once(client, 'message')) as [Heard]
  return heard
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(20)
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function residentKilobytes(): number {
  collectGarbage()
  return residentMb(process.pid) * 1024
}

function rowOf(
  { lateMs, eventMs, cpuUs, kilobytes }: Measured,
  count: number,
  isLive: boolean,
): object {
  return {
    'messages/s': Math.round((count / quantile(eventMs, 0.5)) * 1_000),
    'best messages/s': Math.round((count / Math.min(...eventMs)) * 1_000),
    'p50 ms': quantile(lateMs, 0.5).toFixed(1),
    'p99 ms': quantile(lateMs, 0.99).toFixed(1),
    'CPU µs a message': cpuUs.toFixed(1),
    // The bare sockets come into the room that the others have left.
    'KB a subscriber': isLive ? kilobytes.toFixed(1) : '',
  }
}

await main()
process.exit()
