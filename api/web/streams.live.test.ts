import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather, type Person } from '../../test/people.ts'

let app: TestServer
let alice: Person
beforeAll(async () => {
  app = await openTestServer()
  alice = (await gather(app)).alice
})
afterAll(() => app[Symbol.asyncDispose]())

function ask(query: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${alice.token}`,
    },
    body: JSON.stringify({ query }),
    ...init,
  })
}

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

const streams = () => gauge('pharos_sockets{transport="sse"}')
const subscriptions = () => gauge('pharos_subscriptions')

it('a stream is for no cache and no buffer on the way, and counted until its reader leaves', async () => {
  const leaving = new AbortController()
  const { status, headers } = await ask('subscription { changes { id } }', {
    signal: leaving.signal,
  })
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/event-stream')
  expect(headers.get('cache-control')).toBe('no-store, no-transform')
  expect(headers.get('x-accel-buffering')).toBe('no')
  expect(headers.has('content-encoding')).toBe(false)
  expect(await streams()).toBe(1)
  leaving.abort()
  await eventually('it is gone', async () => (await streams()) === 0)
})

it('a query may be answered as a stream too, which then is complete', async () => {
  const answer = await ask('{ viewer { name } }')
  expect(await answer.text()).toBe(
    ':\n\nevent: next\ndata: {"data":{"viewer":{"name":"alice"}}}\n\nevent: complete\ndata:\n\n',
  )
  await eventually('it is gone', async () => (await streams()) === 0)
})

it('readers that leave at once, before or after they are answered, leave nothing behind', async () => {
  const leaving = Array.from({ length: 20 }, async (_, i) => {
    const answer = ask('subscription { changes { id } }', { signal: AbortSignal.timeout(i * 3) })
    await answer.then((stream) => stream.text()).catch(() => {})
  })
  await Promise.all(leaving)
  await eventually('all are gone', async () => {
    // Asked after them all: whatever of theirs the server has is under way by its answer.
    await (await ask('{ viewer { name } }')).text()
    return (await streams()) + (await subscriptions()) === 0
  })
})

it('who takes no stream is told so, and nothing is left of it', async () => {
  const answer = await ask('subscription { changes { id } }', {
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${alice.token}`,
      accept: 'application/json',
    },
  })
  expect(answer.status).toBe(406)
  expect((await answer.json()).errors[0]).toMatchObject({
    message: 'Accept text/event-stream to follow a subscription.',
    extensions: { code: 'BAD_USER_INPUT', requestId: expect.any(String) },
  })
  await eventually('no subscription', async () => (await subscriptions()) === 0)
})
