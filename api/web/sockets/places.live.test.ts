import { once } from 'node:events'
import { connect, type Socket as Wire } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSocket as openClient } from '../../../test/clients/socket.ts'
import { eventually } from '../../../test/eventually.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { createApiKey, gather, type Person, signIn } from '../../../test/people.ts'
import { openSocket, refusalOf, type Message, type Socket } from '../../../test/sockets.ts'
import { openLimits } from '../limits.ts'

const sockets = { ...openLimits.sockets, caller: 1, stranger: 1, newcomer: 1 }
const LIMITS = { sockets, pingEveryMs: 500 }
const TURNED_AWAY = { code: 1013, reason: 'Try again later' }

let app: TestServer
let alice: Person
let bob: Person
beforeAll(async () => {
  app = await openTestServer({ limits: LIMITS })
  const people = await gather(app)
  alice = people.alice
  bob = people.bob
})
afterAll(() => app[Symbol.asyncDispose]())

/** How a socket ends that asks to be let in. */
async function turnedAway(token: string | null): Promise<Awaited<Socket['closed']>> {
  using socket = await newcomer()
  socket.say(initOf(token))
  return await socket.closed
}

/** Let in, once there is room. */
function comeIn(token: string | null): Promise<Socket> {
  return eventually('there is room', async () => {
    const socket = await newcomer()
    socket.say(initOf(token))
    const answer = await Promise.race([socket.hear(), socket.closed])
    return 'type' in answer && socket
  })
}

describe('of one who was let in', () => {
  it.each<[string, (socket: Socket, token: string) => unknown]>([
    ['says goodbye', ({ raw }) => raw.close()],
    ['is gone', ({ raw }) => raw.terminate()],
    ['breaks the protocol', ({ say }) => say('{')],
    ['falls silent', ({ raw }) => raw.pause()],
    [
      'signs out',
      (_socket, token) => app.ask('mutation { signOut(input: {}) { __typename } }', {}, token),
    ],
  ])('a place is free again once it %s', async (_how, end) => {
    const { token } = await signIn(app, 'alice')
    using socket = await comeIn(token)
    expect(await turnedAway(alice.token)).toEqual(TURNED_AWAY)
    await end(socket, token)
    using next = await comeIn(alice.token)
    expect(await turnedAway(alice.token)).toEqual(TURNED_AWAY)
    next.raw.terminate()
    using _last = await comeIn(alice.token)
  })

  it('a client that found none comes back by itself until there is one', async () => {
    using held = await comeIn(alice.token)
    const client = openClient({ url: app.url, token: () => alice.token })
    const turnedAway = new Promise((resolve) => client.on('closed', resolve))
    const told = new Promise((next, error) =>
      client.subscribe({ query: '{ viewer { name } }' }, { next, error, complete() {} }),
    )
    expect(await turnedAway).toMatchObject(TURNED_AWAY)
    held.raw.terminate()
    expect(await told).toEqual({ data: { viewer: { name: 'alice' } } })
    await client.dispose()
  })

  it('none is kept for those who leave while they are let in', async () => {
    for (let i = 0; i < 10; i++) {
      const socket = await newcomer()
      socket.say(initOf(bob.token))
      // Each time it has come a little further with it.
      setTimeout(() => socket.raw.terminate(), i * 2)
      await socket.closed
    }
    using _socket = await comeIn(bob.token)
  })
})

describe('of one network', () => {
  it('people, their keys and one who stays nameless come in beside each other', async () => {
    const key = await createApiKey(alice, ['MONITORS_READ'])
    using _alice = await comeIn(alice.token)
    using _key = await comeIn(key)
    using _bob = await comeIn(bob.token)
    using _nobody = await comeIn(null)
    for (const token of [alice.token, key, bob.token, null]) {
      expect(await turnedAway(token)).toEqual(TURNED_AWAY)
    }
  })

  it.each<[string, (socket: Socket) => void]>([
    ['is nobody we know', ({ say }) => say(initOf('A'.repeat(43)))],
    ['asks before it is let in', ({ say }) => say({ type: 'subscribe', id: 'a', payload: {} })],
    ['is gone', ({ raw }) => raw.terminate()],
    ['is let in', ({ say }) => say(initOf(bob.token))],
  ])('the next may come once one that has just come %s', async (_how, end) => {
    using socket = await newcomer()
    expect(await refusalOf(app.url)).toEqual({ status: 429, retryAfter: '30' })
    end(socket)
    using _next = await newcomer()
  })

  it('the next may come once one has not said in time who it is', async () => {
    await using strict = await openTestServer({ limits: { ...LIMITS, initDeadlineMs: 1_000 } })
    using _silent = await openSocket(strict.url)
    using _next = await roomAt(strict)
  })

  it('the next may come soon after one that has just come was told to go, and does not hear it', async () => {
    const limits = { ...LIMITS, initDeadlineMs: 1_000, pingEveryMs: 600_000 }
    await using rarelyAsking = await openTestServer({ limits })
    using socket = await openSocket(rarelyAsking.url)
    socket.raw.pause()
    using _next = await roomAt(rarelyAsking, 20_000)
  })

  it('the next may come once a handshake has come to nothing', async () => {
    using held = await upgrade('/graphql', 'sec-websocket-version: 12\r\n')
    expect(await held.heard).toMatch(/^HTTP\/1.1 400 /)
    using _next = await newcomer()
  })
})

it('an upgrade that was refused is closed, though its client keeps its end open', async () => {
  using held = await upgrade('/nowhere')
  expect(await held.heard).toMatch(/^HTTP\/1.1 404 /)
  await eventually('nobody is there', () => {
    held.wire.write('x')
    return held.wire.destroyed
  })
})

function initOf(token: string | null): Message {
  const payload = token === null ? {} : { authorization: `Bearer ${token}` }
  return { type: 'connection_init', payload }
}

/** Upgraded, once there is room. */
function newcomer(): Promise<Socket> {
  return roomAt(app)
}

function roomAt({ url }: TestServer, withinMs?: number): Promise<Socket> {
  return eventually('there is room', () => openSocket(url).catch(() => null), withinMs)
}

type Held = Disposable & { wire: Wire; heard: Promise<string> }

/** Asks for a WebSocket, and does not go of itself whatever is answered. */
async function upgrade(path: string, more = ''): Promise<Held> {
  const { port } = new URL(app.url)
  const wire = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true })
  wire.on('error', () => {})
  await once(wire, 'connect')
  const heard = once(wire, 'data').then(([bytes]) => String(bytes))
  wire.write(
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n${more}\r\n`,
  )
  return { wire, heard, [Symbol.dispose]: () => void wire.destroy() }
}
