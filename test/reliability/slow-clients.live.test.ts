import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { follow, transports } from '../followers.ts'
import { createFlapping, startFlapping } from '../rig/flapping.ts'
import { type Caller, signUp } from '../rig/graphql.ts'
import { allHeard, listen } from '../rig/listeners.ts'
import type { RunningServer } from '../rig/server.ts'
import { openStage } from '../rig/stage.ts'
import { full } from '../size.ts'
import { enter, openSocket } from '../sockets.ts'

const IDLE = full ? 5_000 : 200
/** Of each kind. */
const SLOW = full ? 100 : 5
const AT_ONCE = 100
const QUERIES = full ? 200 : 50
const TURNS_PER_SECOND = 20
/** What one that does nothing may cost its server. */
const BYTES_PER_IDLE = 40_000
/** What all else may come to meanwhile. */
const SLACK_BYTES = 120_000_000

const QUERY = '{ viewer { id } monitors(first: 20) { nodes { id name status } } }'
/** Long, so that what is not read soon fills what the network takes. */
const TARGETS = Array.from({ length: 14 }, (_, index) => `t${index}: target`).join(' ')
const CHANGES = `subscription { changes(after: "0") { node { ... on Monitor { ${TARGETS} } } } }`

test('sockets that idle, readers that do not read and clients that say little harm nobody else', async () => {
  await using stage = await openStage()
  const server = await stage.start({ roles: 'web' })
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const probe = await createFlapping(alice, { region: 'north', count: 20 })
  await stage.database.pool.query(`UPDATE monitors SET target = target || repeat('x', 1900)`)
  await using listeners = listen(alice, 2)
  const flapping = await startFlapping(server.url!, probe, TURNS_PER_SECOND)

  const alone = await askAgainAndAgain(alice)
  const before = await residentBytes(server)
  using idle = new DisposableStack()
  using slow = new DisposableStack()
  await gatherIdle(server, idle)
  await gatherSlow(server, alice, slow)
  const crowded = await askAgainAndAgain(alice)
  await eventually('all sockets are there', async () => (await socketsOf(server)) >= IDLE)
  const grownBy = (await residentBytes(server)) - before

  await flapping.stop()
  const stored = await allHeard(stage, listeners)
  expect(grownBy).toBeLessThan(IDLE * BYTES_PER_IDLE + SLACK_BYTES)
  // A server that stops lets requests come to their end for a while.
  slow.dispose()
  const { code, tookMs } = await server.stop()
  expect(code).toBe(0)
  if (full) tell({ alone, crowded, grownBy, stored, tookMs })
}, 300_000)

/** Sockets that were let in, and ask for nothing. */
async function gatherIdle({ url }: RunningServer, crowd: DisposableStack): Promise<void> {
  for (let count = 0; count < IDLE; count += AT_ONCE) {
    const sockets = Array.from({ length: AT_ONCE }, () => enter(url!))
    for (const socket of await Promise.all(sockets)) crowd.use(socket)
  }
}

async function gatherSlow(
  { url }: RunningServer,
  { token }: Caller,
  crowd: DisposableStack,
): Promise<void> {
  for (let count = 0; count < SLOW; count += 1) {
    for (const transport of transports) {
      const reader = crowd.use(await follow(transport, { url: url! }, { query: CHANGES, token }))
      reader.stall()
    }
    // Upgraded, and never let in.
    crowd.use(await openSocket(url!))
    for (const beginning of BEGINNINGS) {
      const socket = await begin(url!, beginning)
      crowd.defer(() => void socket.destroy())
    }
  }
}

/** Requests that never come to their end. */
const BEGINNINGS = [
  'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-',
  'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"que',
  'GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: webso',
]

async function begin(url: string, beginning: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  socket.write(beginning)
  return socket
}

/** How long each took, shortest first; every one must be answered. */
async function askAgainAndAgain(alice: Caller): Promise<number[]> {
  const tookMs: number[] = []
  for (let count = 0; count < QUERIES; count += 1) {
    const startedAt = performance.now()
    const { monitors } = await alice.ask<{ monitors: { nodes: object[] } }>(QUERY)
    tookMs.push(performance.now() - startedAt)
    expect(monitors.nodes).toHaveLength(20)
  }
  return tookMs.toSorted((a, b) => a - b)
}

async function figure({ url }: RunningServer, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.split(' ').at(-1))
}

const residentBytes = (server: RunningServer) => figure(server, 'process_resident_memory_bytes')
const socketsOf = (server: RunningServer) => figure(server, 'pharos_sockets{transport="websocket"}')

type Account = {
  alone: number[]
  crowded: number[]
  grownBy: number
  stored: number
  tookMs: number
}

function tell({ alone, crowded, grownBy, stored, tookMs }: Account): void {
  const shares = ([share, of]: [number, number[]]) =>
    `p${share * 100} ${of[Math.floor(share * of.length)]!.toFixed(1)} ms`
  console.log(`a query alone: ${[0.5, 0.99].map((share) => shares([share, alone])).join(', ')}`)
  console.log(
    `beside ${IDLE} idle sockets and ${5 * SLOW} slow clients: ${[0.5, 0.99].map((share) => shares([share, crowded])).join(', ')}`,
  )
  console.log(
    `the server grew by ${Math.round(grownBy / 1e6)} MB, ${stored} changes were heard once and in order, ` +
      `and it stopped within ${Math.round(tookMs)} ms`,
  )
}
