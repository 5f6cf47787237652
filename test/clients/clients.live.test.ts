import { gql } from '@apollo/client'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { encodeId } from '../../api/graphql/ids.ts'
import { eventually } from '../eventually.ts'
import { type Caller, createMonitor, signUp } from '../rig/graphql.ts'
import { pickPort } from '../rig/ports.ts'
import type { RunningServer } from '../rig/server.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'
import * as apollo from './apollo.ts'
import { type Connection, createBoard, keepUp } from './board.ts'
import { type Monitor, type Pharos, START, type Start } from './pharos.ts'
import { overSocket } from './plain.ts'
import { openSocket, type Socket } from './socket.ts'
import { overSse } from './sse.ts'
import * as urql from './urql.ts'

let stage: Stage
let alice: Caller
/** Where the clients are; the other one outlives it, and Alice acts there. */
let server: RunningServer
let pharos: Pharos
let screens: Screen[]

/** What somebody looks at who uses one of the clients. */
type Screen = {
  client: string
  monitors(): Monitor[]
  /** The cursors of all that it was told by subscriptions, in the order in which it was. */
  cursors: string[]
  /** Rejects once Pharos has refused to go on. */
  ended: Promise<void>
}

/** Once per name, which is that of a monitor made meanwhile. */
const KILLED = full ? ['one', 'two', 'three', 'four', 'five'] : ['one', 'two']
const variables = { REDIS_URL: inject('redisUrl') }
const ending = new AbortController()

beforeAll(async () => {
  stage = await openStage()
  const other = await stage.start({ variables, roles: 'web' })
  alice = await signUp(() => other.url!, 'alice@pharos.example')
  const port = await pickPort()
  server = await stage.start({ variables, roles: 'web', port })
  pharos = { url: server.url!, token: () => alice.token! }
  await createMonitor(alice, wish('shop'))
  screens = [bySocket(), bySse(), byUrql(), byApollo()]
})
afterAll(async () => {
  ending.abort()
  await Promise.allSettled(screens.map(({ ended }) => ended))
  await stage[Symbol.asyncDispose]()
})

test('they show what is so', async () => {
  await allShowTheTruth()
  const blog = await createMonitor(alice, wish('blog'))
  await allShowTheTruth()
  await rename(blog, 'diary')
  await allShowTheTruth()
  await remove(blog)
  await allShowTheTruth()
})

test('they go on where they were when their server was killed, and nothing is told twice', async () => {
  for (const name of KILLED) {
    await server.kill()
    const id = await createMonitor(alice, wish(name))
    await rename(id, `${name} more`)
    if (name === 'two') await remove(id)
    server = await stage.start({ variables, roles: 'web', port: portOf(server) })
    await allShowTheTruth()
  }
  for (const { client, cursors } of screens) {
    const first = Number(cursors[0])
    expect(cursors, client).toEqual(cursors.map((_, index) => String(first + index)))
  }
})

test('they read afresh where they were away for so long that changes are no longer kept', async () => {
  await server.kill()
  await rename(await createMonitor(alice, wish('late')), 'missed')
  await rename(await createMonitor(alice, wish('later')), 'missed too')
  await stage.database.pool.query(
    'DELETE FROM changes WHERE position < (SELECT max(position) FROM changes)',
  )
  server = await stage.start({ variables, roles: 'web', port: portOf(server) })
  await allShowTheTruth()
  await createMonitor(alice, wish('last'))
  await allShowTheTruth()
})

test('they end when they are signed out', async () => {
  await alice.ask('mutation { signOut(input: {}) { viewer { id } } }')
  for (const { client, ended } of screens) await expect(ended, client).rejects.toBeDefined()
})

test.each<[string, () => Connection]>([
  ['graphql-ws', () => overSocket(openSocket(pharos))],
  ['fetch', () => overSse(pharos)],
])('who comes back by %s after that does not try for ever', async (_client, connect) => {
  const following = connect().follow('0', () => {}, ending.signal)
  await expect(following).rejects.toBeDefined()
})

function bySocket(): Screen {
  const { socket, cursors } = tap(openSocket(pharos))
  return byBoard('graphql-ws', overSocket(socket), cursors)
}

function bySse(): Screen {
  const connection = overSse(pharos)
  const cursors: string[] = []
  const tapped: Connection = {
    ...connection,
    follow: (after, tell, signal) =>
      connection.follow(after, (change) => (cursors.push(change.cursor), tell(change)), signal),
  }
  return byBoard('fetch', tapped, cursors)
}

function byBoard(client: string, connection: Connection, cursors: string[]): Screen {
  const board = createBoard()
  const ended = watched(keepUp(connection, board, ending.signal))
  return { client, cursors, ended, monitors: () => [...board.monitors.values()] }
}

function byUrql(): Screen {
  const { socket, cursors } = tap(openSocket(pharos))
  const client = urql.createUrqlClient(pharos, socket)
  let shown: Monitor[] = []
  client.query<Start>(START, {}).subscribe(({ data }) => {
    if (data) shown = data.monitors.nodes
  })
  const ended = watched(urql.keepUp(client, ending.signal))
  return { client: 'urql', cursors, ended, monitors: () => shown }
}

function byApollo(): Screen {
  const { socket, cursors } = tap(openSocket(pharos))
  const client = apollo.createApolloClient(pharos, socket)
  let shown: Monitor[] = []
  client.watchQuery<Start>({ query: gql(START) }).subscribe(({ data, dataState }) => {
    if (dataState === 'complete') shown = data.monitors.nodes
  })
  const ended = watched(apollo.keepUp(client, ending.signal))
  return { client: 'Apollo', cursors, ended, monitors: () => shown }
}

/** The same socket, and what is heard by it. */
function tap(socket: Socket): { socket: Socket; cursors: string[] } {
  const cursors: string[] = []
  const tapped: Socket = {
    ...socket,
    subscribe: (request, sink) =>
      socket.subscribe(request, {
        next(result) {
          const { changes } = (result.data ?? {}) as { changes?: { cursor: string } }
          if (changes) cursors.push(changes.cursor)
          sink.next(result as Parameters<typeof sink.next>[0])
        },
        error: (trouble) => sink.error(trouble),
        complete: () => sink.complete(),
      }),
  }
  return { socket: tapped, cursors }
}

/** One that is looked at later only. */
function watched(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}

async function allShowTheTruth(): Promise<void> {
  const { rows } = await stage.database.pool.query<Monitor>('SELECT id, name, status FROM monitors')
  const truth = rows.map((row) => ({ ...row, id: encodeId('Monitor', row.id) }))
  for (const { client, monitors } of screens)
    await eventually(`${client} shows what is so`, () => {
      const shown = monitors().map(({ id, name, status }) => ({ id, name, status }))
      expect(byId(shown)).toEqual(byId(truth))
      return true
    })
}

function byId(monitors: Monitor[]): Monitor[] {
  return monitors.toSorted((a, b) => a.id.localeCompare(b.id))
}

function wish(name: string) {
  return { name, target: stage.target.urlOf(name) }
}

async function rename(id: string, name: string): Promise<void> {
  await alice.ask(
    'mutation ($input: UpdateMonitorInput!) { updateMonitor(input: $input) { monitor { id } } }',
    { input: { id, name } },
  )
}

async function remove(id: string): Promise<void> {
  await alice.ask(
    'mutation ($input: DeleteMonitorInput!) { deleteMonitor(input: $input) { deletedMonitorId } }',
    { input: { id } },
  )
}

function portOf({ url }: RunningServer): number {
  return Number(new URL(url!).port)
}
