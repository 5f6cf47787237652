import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { follow, transports } from '../../test/followers.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { createApiKey, gather, type Person } from '../../test/people.ts'
import { enter, refusalOf } from '../../test/sockets.ts'
import { openLimits } from './limits.ts'

/** Of subscriptions four, what a stream takes; of the process what two workspaces may have. */
const LIMITS = {
  sockets: { ...openLimits.sockets, workspace: 1, process: 2 },
  subscriptions: { caller: 4, workspace: 4, process: 8 },
}
const CHANGES = 'subscription { changes { cursor } }'

let app: TestServer
let alice: Person
let charlie: Person
/** Of Alice's workspace. */
let key: string
beforeAll(async () => {
  app = await openTestServer({ limits: LIMITS })
  const people = await gather(app)
  alice = people.alice
  charlie = people.charlie
  key = await createApiKey(alice, ['MONITORS_READ'])
})
afterEach(() => subscribed(0))
afterAll(() => app[Symbol.asyncDispose]())

it('callers of one workspace share its sockets, another workspace has its own, and a process no more', async () => {
  using _alice = await enter(app.url, alice.token)
  await expect(enter(app.url, key)).rejects.toThrow('1013')
  using _charlie = await eventually('there is room', () => enter(app.url, charlie.token))
  expect(await refusalOf(app.url)).toEqual({ status: 429, retryAfter: '30' })
})

it.each(transports)(
  'callers of one workspace share its subscriptions, and another has its own, over %s',
  async (transport) => {
    const subscribe = (token: string, by = transport) =>
      eventually('let in', () => follow(by, app, { query: CHANGES, token }))
    using _alice = await subscribe(alice.token, 'sse')
    await subscribed(1)
    using refused = await subscribe(key)
    expect((await refused.hear()).errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    using _charlie = await subscribe(charlie.token)
    await subscribed(2)
  },
)

it('a workspace follows by 100 documents, and whoever asks by one of them comes in; another has its own', async () => {
  await using wide = await openTestServer()
  const people = await gather(wide)
  using room = new DisposableStack()
  const begin = async (token: string, from: number, count = 1) => {
    const socket = room.use(await enter(wide.url, token))
    for (let i = from; i < from + count; i++) {
      const query = `subscription S${i} { changes { cursor } }`
      socket.say({ type: 'subscribe', id: `n${i}`, payload: { query } })
    }
    return socket
  }
  await begin(people.alice.token, 0, 50)
  await begin(people.alice.token, 50, 50)
  await subscribed(100, wide)
  const refused = await begin(people.bob.token, 100)
  expect(await refused.hear()).toMatchObject({
    payload: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] },
  })
  await begin(people.bob.token, 99)
  await begin(people.charlie.token, 100)
  await subscribed(102, wide)
})

/** Waits until so many are. */
function subscribed(count: number, { deps } = app): Promise<unknown> {
  return eventually(`${count} are subscribed`, async () => {
    const { values } = await deps.metrics.subscriptions.get()
    return (values[0]?.value ?? 0) === count
  })
}
