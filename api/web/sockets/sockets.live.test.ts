import { once } from 'node:events'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdUpSubscribers, stir } from '../../../test/changes.ts'
import { eventually } from '../../../test/eventually.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { addMonitors, type Watched } from '../../../test/monitors.ts'
import { gather, type Person } from '../../../test/people.ts'
import { enter, openSocket, refusalOf, type Message } from '../../../test/sockets.ts'
import { openLimits } from '../limits.ts'

const OWN = 'https://pharos.example.com'
const ALLOWED = 'https://status.example.com'

let app: TestServer
let alice: Person
let monitor: Watched
beforeAll(async () => {
  app = await openTestServer({ variables: { PUBLIC_URL: OWN, CORS_ORIGINS: ALLOWED } })
  alice = (await gather(app)).alice
  monitor = (await addMonitors(app.database, { workspaceId: alice.workspaceId }))[0]!
})
afterAll(() => app[Symbol.asyncDispose]())

const init: Message = { type: 'connection_init' }
const subscribe = (query: string, id = 'one'): Message => ({
  type: 'subscribe',
  id,
  payload: { query },
})
const CHANGES = 'subscription { changes { id } }'

describe('the handshake', () => {
  it.each([
    ['no origin, as a program', undefined],
    ['our own pages', OWN],
    ['pages that are allowed to call', ALLOWED],
  ])('is for %s', async (_who, origin) => {
    using socket = await openSocket(app.url, { headers: origin ? { origin } : {} })
    expect(socket.raw.protocol).toBe('graphql-transport-ws')
  })

  it.each([
    ['a page of another origin', 403, { headers: { origin: 'https://evil.example' } }],
    ['a page of no origin', 403, { headers: { origin: 'null' } }],
    ['an origin that only begins alike', 403, { headers: { origin: `${OWN}.evil.example` } }],
    ['another address', 404, { path: '/' }],
    ['credentials in the address', 400, { path: '/graphql?authorization=Bearer+secret' }],
    ['any query in the address', 400, { path: '/graphql?x' }],
  ])('is not for %s: %i', async (_who, status, wishes) => {
    expect(await refusalOf(app.url, wishes)).toEqual({ status })
  })

  it('without a protocol ends in 4406', async () => {
    using socket = await openSocket(app.url, { protocols: [] })
    expect((await socket.closed).code).toBe(4406)
  })

  it('agrees on no other protocol', async () => {
    const opening = openSocket(app.url, { protocols: ['graphql-ws', 'soap'] })
    await expect(opening).rejects.toThrow('no subprotocol')
  })

  it('leaves a wish for another protocol than WebSocket be', async () => {
    const headers = { connection: 'upgrade', upgrade: 'h2c' }
    const [response] = await once(get(`${app.url}/healthz`, { headers }), 'response')
    expect(response.statusCode).toBe(200)
  })
})

describe('a socket', () => {
  it.each<[string, number, (Message | string)[]]>([
    ['text that is no JSON', 4400, ['{']],
    ['a message of no type', 4400, ['{}']],
    ['a message of an unknown type', 4400, [{ type: 'hello' }]],
    ['a message that only servers send', 4400, [init, { type: 'connection_ack' }]],
    ['an operation without an id', 4400, [init, { type: 'subscribe', payload: { query: '{a}' } }]],
    ['an operation without a document', 4400, [init, { type: 'subscribe', id: 'a', payload: {} }]],
    ['an operation before it is let in', 4401, [subscribe('{ viewer { id } }')]],
    [
      'an unknown token',
      4403,
      [{ ...init, payload: { authorization: `Bearer ${'A'.repeat(43)}` } }],
    ],
    ['what is no token', 4403, [{ ...init, payload: { authorization: 'hello' } }]],
    ['a token that is no text', 4403, [{ ...init, payload: { authorization: { a: 1 } } }]],
    ['a second connection_init', 4429, [init, init]],
    ['a message of over 64 KB', 1009, ['x'.repeat(65_537)]],
  ])('that sends %s is closed: %i', async (_what, code, messages) => {
    using socket = await openSocket(app.url)
    for (const message of messages) socket.say(message)
    expect((await socket.closed).code).toBe(code)
  })

  it('that sends bytes is closed: 4400', async () => {
    using socket = await openSocket(app.url)
    socket.raw.send(Buffer.from(JSON.stringify(init)))
    expect((await socket.closed).code).toBe(4400)
  })

  it('that begins an operation under an id in use is closed: 4409', async () => {
    using socket = await enter(app.url, alice.token)
    const id = '☃'.repeat(100)
    socket.say(subscribe(CHANGES, id))
    socket.say(subscribe(CHANGES, id))
    expect((await socket.closed).code).toBe(4409)
  })

  it('that does not say who it is within 3 s is closed: 4408', async () => {
    await using strict = await openTestServer({ limits: openLimits })
    using socket = await openSocket(strict.url)
    expect((await socket.closed).code).toBe(4408)
  })

  it('may send 64 KB', async () => {
    using socket = await enter(app.url)
    const message = JSON.stringify(subscribe('{ viewer { id } }'))
    socket.say(message.padEnd(65_536))
    expect(await socket.hear()).toMatchObject({ type: 'next', payload: { data: { viewer: null } } })
  })

  it('carries 50 operations, and one more once another is complete', async () => {
    using socket = await enter(app.url, alice.token)
    for (let i = 1; i <= 51; i++) socket.say(subscribe(CHANGES, `n${i}`))
    expect(await socket.hear()).toMatchObject({
      type: 'error',
      id: 'n51',
      payload: [{ extensions: { code: 'LIMIT_REACHED', requestId: expect.any(String) } }],
    })
    socket.say({ type: 'complete', id: 'n1' })
    socket.say(subscribe('{ viewer { name } }', 'n52'))
    expect(await socket.hear()).toMatchObject({ type: 'next', id: 'n52' })
  })

  it('is told by an error message what is wrong with a document, and goes on', async () => {
    using socket = await enter(app.url)
    for (const query of [
      '{',
      '{ nobody }',
      'query A { viewer { id } } query B { viewer { id } }',
    ]) {
      socket.say(subscribe(query))
      const { type, payload } = await socket.hear()
      expect(type).toBe('error')
      expect(payload[0].extensions).toEqual({
        code: 'BAD_USER_INPUT',
        requestId: expect.any(String),
      })
    }
    socket.say(subscribe('{ viewer { id } }'))
    expect((await socket.hear()).type).toBe('next')
  })

  it('hears of what went wrong in a resolver beside its data', async () => {
    using socket = await enter(app.url)
    socket.say(subscribe('{ a: node(id: "x") { id } }'))
    expect(await socket.hear()).toMatchObject({
      type: 'next',
      payload: { errors: [{ path: ['a'], extensions: { code: 'UNAUTHENTICATED' } }] },
    })
    expect((await socket.hear()).type).toBe('complete')
  })

  it('hears nothing more of what it has completed, and may use the id again', async () => {
    using socket = await enter(app.url, alice.token)
    socket.say({ type: 'complete', id: 'unknown' })
    socket.say({ type: 'pong' })
    socket.say(subscribe(CHANGES))
    await subscriptions(1)
    socket.say({ type: 'complete', id: 'one' })
    await subscriptions(0)
    await stir(app.database, monitor)
    socket.say(subscribe('{ viewer { name } }'))
    expect(await socket.hear()).toMatchObject({ id: 'one', payload: { data: { viewer: {} } } })
  })

  it('answers pings of the protocol, with what they carry', async () => {
    using socket = await openSocket(app.url)
    socket.say({ type: 'ping', payload: { at: 1 } })
    expect(await socket.hear()).toEqual({ type: 'pong', payload: { at: 1 } })
  })

  it('that is gone while its operations begin leaves nothing of them behind', async () => {
    for (let i = 0; i < 10; i++) {
      const socket = await enter(app.url, alice.token)
      socket.say(subscribe(CHANGES))
      // Each time it has come a little further with it.
      setTimeout(() => socket.raw.terminate(), i * 3)
      await socket.closed
    }
    await subscriptions(0)
  })

  it('that uses an id again while the operation it completed still begins is closed: 4409', async () => {
    using socket = await enter(app.url, alice.token)
    for (let i = 0; i < 5; i++) {
      socket.say(subscribe(CHANGES))
      socket.say({ type: 'complete', id: 'one' })
    }
    expect((await socket.closed).code).toBe(4409)
    await subscriptions(0)
  })

  it('that the database is not there for is told to come back: 1013', async () => {
    using socket = await enter(app.url, alice.token)
    const { isSomebodyHeldUp, cutOff, letGo } = await holdUpSubscribers(app.database)
    socket.say(subscribe(CHANGES))
    await eventually('it is held up', isSomebodyHeldUp)
    await cutOff()
    expect((await socket.closed).code).toBe(1013)
    await letGo()
    await subscriptions(0)
  })

  it('is counted, as are its subscriptions, for as long as they are', async () => {
    const before = await figures()
    using socket = await enter(app.url, alice.token)
    socket.say(subscribe(CHANGES))
    await eventually('both are counted', async () => {
      expect(await figures()).toEqual({
        sockets: before.sockets + 1,
        subscriptions: before.subscriptions + 1,
      })
      return true
    })
    socket.raw.terminate()
    await eventually('neither is counted', async () => {
      expect(await figures()).toEqual(before)
      return true
    })
  })
})

describe('credentials', () => {
  const viewer = subscribe('{ viewer { name } }')
  const cookie = () => `__Host-pharos=${alice.token}`

  it('come in connection_init', async () => {
    using socket = await enter(app.url, alice.token)
    socket.say(viewer)
    expect(await socket.hear()).toEqual({
      type: 'next',
      id: 'one',
      payload: { data: { viewer: { name: 'alice' } } },
    })
    expect(await socket.hear()).toEqual({ type: 'complete', id: 'one' })
  })

  it.each([
    ['count from our own pages', OWN, { name: 'alice' }],
    ['count from a program', undefined, { name: 'alice' }],
    ['do not count from pages that are merely allowed', ALLOWED, null],
  ])('in a cookie %s', async (_how, origin, expected) => {
    const headers = { cookie: cookie(), ...(origin && { origin }) }
    using socket = await enter(app.url, null, { headers })
    socket.say(viewer)
    expect((await socket.hear()).payload.data).toEqual({ viewer: expected })
  })
})

/** Waits until there are so many. */
async function subscriptions(count: number): Promise<void> {
  await eventually('so many', async () => (await figures()).subscriptions === count)
}

async function figures(): Promise<{ sockets: number; subscriptions: number }> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const [, sockets] = /^pharos_sockets\{transport="websocket"\} (\d+)$/m.exec(text) ?? []
  const [, subscriptions] = /^pharos_subscriptions (\d+)$/m.exec(text) ?? []
  return { sockets: Number(sockets ?? 0), subscriptions: Number(subscriptions ?? 0) }
}
