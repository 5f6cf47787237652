import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stir } from '../../../test/changes.ts'
import { eventually } from '../../../test/eventually.ts'
import { follow, type Follower, transports } from '../../../test/followers.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { addMonitors, type Watched } from '../../../test/monitors.ts'
import { gather, type Person } from '../../../test/people.ts'
import { enter, openSocket } from '../../../test/sockets.ts'

const EVENTS = 300
/** Fourteen times the longest text that a monitor has. */
const TARGETS = Array.from({ length: 14 }, (_, i) => `t${i}: target`).join(' ')
/** If everything were kept for each of them it would be twice the bound. What else this process keeps counts, too. */
const STALLED = 10
const BOUND_BYTES = 40_000_000

let app: TestServer
let alice: Person
let monitor: Watched
beforeAll(async () => {
  app = await openTestServer()
  alice = (await gather(app)).alice
  const { workspaceId } = alice
  monitor = (await addMonitors(app.database, { workspaceId, count: 5 }))[0]!
  await lengthen(app)
})
afterAll(() => app[Symbol.asyncDispose]())

const asked = () => ({
  query: `subscription { changes { cursor node { ... on Monitor { ${TARGETS} } } } }`,
  token: alice.token,
})

describe.each(transports)('over %s', (transport) => {
  it('readers that stop reading cost little, and nobody else anything', async () => {
    using followers = new DisposableStack()
    const join = async () => followers.use(await follow(transport, app, asked()))
    const good = await join()
    const stalled = await Promise.all(Array.from({ length: STALLED }, join))
    await eventually('subscribed', async () => (await subscriptionsOf(app)) === STALLED + 1)
    for (const { stall } of stalled) stall()
    const before = usedBytes()
    for (let i = 0; i < EVENTS; i++) {
      await stir(app.database, monitor)
      await good.hear()
    }
    expect(usedBytes() - before).toBeLessThan(BOUND_BYTES)
    followers.dispose()
    await eventually('all have left', async () => (await subscriptionsOf(app)) === 0)
  })

  it('one that reads on has missed nothing and hears nothing twice', async () => {
    using follower = await follow(transport, app, asked())
    await eventually('subscribed', async () => (await subscriptionsOf(app)) === 1)
    const goOn = follower.stall()
    for (let i = 0; i < EVENTS; i++) await stir(app.database, monitor)
    goOn()
    const heard: number[] = []
    for (let i = 0; i < EVENTS; i++) heard.push(Number((await follower.hear()).data.changes.cursor))
    expect(heard).toEqual(Array.from({ length: EVENTS }, (_, i) => heard[0]! + i))
    follower[Symbol.dispose]()
    await eventually('left', async () => (await subscriptionsOf(app)) === 0)
  })

  it('one that stops reading is closed, and others are not', async () => {
    const limits = { pingEveryMs: 500, stalledMs: 3_000 }
    await using strict = await openTestServer({ limits })
    const { alice: owner } = await gather(strict)
    const [watched] = await addMonitors(strict.database, { workspaceId: owner.workspaceId })
    await lengthen(strict)
    using good = await follow(transport, strict, { ...asked(), token: owner.token })
    using stalled = await follow(transport, strict, { ...asked(), token: owner.token })
    // Nothing else is written to a stream, which is not to look stuck.
    await eventually('subscribed', async () => {
      await stir(strict.database, watched!)
      return (await subscriptionsOf(strict)) === 2
    })
    stalled.stall()
    await eventually('one is closed', async () => {
      for (let i = 0; i < 20; i++) await stir(strict.database, watched!)
      for (let i = 0; i < 20; i++) await hearUnlessEnded(good)
      return (await subscriptionsOf(strict)) === 1
    })
  })
})

it('a socket with over 1 MB unread is closed, at the latest when something more is to be sent', async () => {
  using socket = await enter(app.url, alice.token)
  const query = `{ monitors { nodes { ${TARGETS} } } }`
  socket.raw.pause()
  for (let i = 0; i < 40; i++) socket.say({ type: 'subscribe', id: `n${i}`, payload: { query } })
  await eventually('closed', async () => (await socketsOf(app)) === 0)
})

it('a socket that hears nothing does not hold up the end of the server', async () => {
  const going = await openTestServer()
  using deaf = await openSocket(going.url)
  deaf.raw.pause()
  let hasEnded = false
  void going.server.close().then(() => (hasEnded = true))
  await eventually('ended', () => hasEnded, 5_000)
  await going.database.close()
})

async function hearUnlessEnded({ hear, ended }: Follower): Promise<void> {
  const heard = await Promise.race([hear(), ended])
  if (typeof heard !== 'object') throw new Error(`It has ended: ${heard}`)
}

function lengthen({ database }: TestServer): Promise<unknown> {
  const target = `https://shop.example/${'x'.repeat(1_979)}`
  return database.pool.query('UPDATE monitors SET target = $1', [target])
}

const gauge = async ({ url }: TestServer, name: string) => {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(name))
  return Number(line?.split(' ').at(-1))
}
const subscriptionsOf = (server: TestServer) => gauge(server, 'pharos_subscriptions ')
const socketsOf = (server: TestServer) => gauge(server, 'pharos_sockets{transport="websocket"}')

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Of this process, the server's: what nobody needs is not counted. */
function usedBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
