import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { holdUpSubscribers } from '../../test/changes.ts'
import { eventually } from '../../test/eventually.ts'
import { follow, type Follower, type Transport, transports } from '../../test/followers.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { createApiKey, gather, type Person, signIn } from '../../test/people.ts'
import { enter } from '../../test/sockets.ts'
import { openLimits } from './limits.ts'

/** A stream takes four, a subscription on a socket one: whoever has either has no room for another stream. */
const LIMITS = { subscriptions: { ...openLimits.subscriptions, caller: 4 } }
const CHANGES = 'subscription { changes { cursor } }'
const SIGN_OUT = 'mutation { signOut(input: {}) { __typename } }'

let app: TestServer
let alice: Person
let bob: Person
beforeAll(async () => {
  app = await openTestServer({ limits: LIMITS })
  const people = await gather(app)
  alice = people.alice
  bob = people.bob
})
afterEach(() => subscribed(0))
afterAll(() => app[Symbol.asyncDispose]())

/** Waits until so many are. */
function subscribed(count: number): Promise<unknown> {
  return eventually(`${count} are subscribed`, async () => {
    const { values } = await app.deps.metrics.subscriptions.get()
    return (values[0]?.value ?? 0) === count
  })
}

function ask(token: string, signal: AbortSignal, accept = 'text/event-stream'): Promise<Response> {
  return fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: CHANGES }),
    signal,
  })
}

/** The status with which one more would begin, which does not stay. */
async function statusOfOneMore(token: string): Promise<number> {
  const leaving = new AbortController()
  const { status } = await ask(token, leaving.signal)
  leaving.abort()
  return status
}

function awaitRoom(token: string): Promise<unknown> {
  return eventually('there is room', async () => (await statusOfOneMore(token)) === 200)
}

describe.each(transports)('a subscription over %s', (transport) => {
  const subscribe = (token: string, query = CHANGES) => follow(transport, app, { query, token })

  it.each<[string, (follower: Follower, token: string) => unknown]>([
    ['leaves', (follower) => follower[Symbol.dispose]()],
    ['signs out', (_follower, token) => app.ask(SIGN_OUT, {}, token)],
  ])('makes room for another of theirs once its reader %s', async (_how, end) => {
    const { token } = await signIn(app, 'alice')
    using follower = await subscribe(token)
    await subscribed(1)
    expect(await statusOfOneMore(alice.token)).toBe(429)
    await end(follower, token)
    await awaitRoom(alice.token)
  })

  it.each([
    ['a cursor that is none', 'subscription { changes(after: "x") { cursor } }', 'BAD_USER_INPUT'],
    ['a field that is none', 'subscription { changes { nobody } }', 'BAD_USER_INPUT'],
    ['no monitor', 'subscription { checkRecorded(monitorId: "x") { id } }', 'NOT_FOUND'],
  ])('that does not begin, for %s, takes no room', async (_what, query, code) => {
    using follower = await subscribe(bob.token, query)
    expect((await follower.hear()).errors).toMatchObject([{ extensions: { code } }])
    await awaitRoom(bob.token)
  })

  it('takes room from when it begins, and none once its reader is gone meanwhile', async () => {
    const { isSomebodyHeldUp, letGo } = await holdUpSubscribers(app.database)
    const leave = await begin(transport, alice.token)
    await eventually('it is about to begin', isSomebodyHeldUp)
    expect(await statusOfOneMore(alice.token)).toBe(429)
    leave()
    await letGo()
    await awaitRoom(alice.token)
  })
})

it('more than a person may have are refused on either transport; others and keys have their own', async () => {
  const key = await createApiKey(alice, ['MONITORS_READ'])
  using _alice = await follow('sse', app, { query: CHANGES, token: alice.token })
  using _bob = await follow('websocket', app, { query: CHANGES, token: bob.token })
  using _key = await follow('websocket', app, { query: CHANGES, token: key })
  await subscribed(3)
  for (const { token } of [alice, bob, { token: key }]) {
    expect(await statusOfOneMore(token)).toBe(429)
  }
  const { status, headers } = await ask(alice.token, new AbortController().signal)
  expect([status, headers.get('retry-after')]).toEqual([429, '30'])
  for (const transport of transports) {
    using one = await follow(transport, app, { query: CHANGES, token: alice.token })
    expect((await one.hear()).errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 30 } },
    ])
  }
})

it('a socket whose subscription was refused stays, and may begin it once another is complete', async () => {
  using socket = await enter(app.url, bob.token)
  const say = (type: string, id: string) => socket.say({ type, id, payload: { query: CHANGES } })
  for (const id of ['one', 'two', 'three', 'four']) say('subscribe', id)
  await subscribed(4)
  say('subscribe', 'five')
  expect(await socket.hear()).toMatchObject({
    id: 'five',
    payload: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] },
  })
  say('complete', 'one')
  await subscribed(3)
  say('subscribe', 'five')
  await subscribed(4)
})

it('one that nobody could read takes no room', async () => {
  const { status } = await ask(bob.token, new AbortController().signal, 'application/json')
  expect(status).toBe(406)
  await awaitRoom(bob.token)
})

/** Subscribes without waiting for an answer, and is gone when told to. */
async function begin(transport: Transport, token: string): Promise<() => void> {
  if (transport === 'sse') {
    const leaving = new AbortController()
    ask(token, leaving.signal).catch(() => {})
    return () => leaving.abort()
  }
  const socket = await enter(app.url, token)
  socket.say({ type: 'subscribe', id: 'one', payload: { query: CHANGES } })
  return () => socket.raw.terminate()
}
