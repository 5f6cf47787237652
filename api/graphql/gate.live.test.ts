import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather, type Person } from '../../test/people.ts'
import { enter } from '../../test/sockets.ts'

const MAX_REFUSED = 5
const GOOD = '{ viewer { name } }'
const UNKNOWN = 'A'.repeat(43)

/** Each of a network of its own, which is counted for itself. */
let app: TestServer
let alice: Person
let bob: Person
beforeAll(async () => {
  app = await openTestServer({ maxRefused: MAX_REFUSED, variables: { TRUST_PROXY: '1' } })
  const people = await gather(app)
  alice = people.alice
  bob = people.bob
})
afterAll(() => app[Symbol.asyncDispose]())

type Ask = (query: string, from: From, variables?: object) => Promise<string>
type From = { address: string; token?: string | null }

/** The code with which an operation ends, or that of the socket where nobody is let in. */
const transports: Record<string, Ask> = {
  async HTTP(query, { address, token = null }, variables = {}) {
    const { errors } = await app.ask(query, variables, token, { 'x-forwarded-for': address })
    return errors[0]?.extensions.code ?? 'OK'
  },
  async WebSocket(query, { address, token = null }, variables = {}) {
    const headers = { 'x-forwarded-for': address }
    try {
      using socket = await enter(app.url, token, { headers })
      socket.say({ type: 'subscribe', id: 'one', payload: { query, variables } })
      const { type, payload } = await socket.hear()
      const [problem] = type === 'error' ? payload : (payload.errors ?? [])
      return problem?.extensions.code ?? 'OK'
    } catch (error) {
      return /\d{4}/.exec(String(error))?.[0] ?? 'OPEN'
    }
  },
}

/** What ends before it is executed, each time another. */
const refused: [string, (ask: Ask, address: string, turn: number) => Promise<string>][] = [
  ['a document that cannot be read', (ask, address, turn) => ask(`{ a${turn}`, { address })],
  ['a document that is wrong', (ask, address, turn) => ask(`{ a${turn} }`, { address })],
  [
    'variables that are wrong',
    (ask, address, turn) =>
      ask('query ($id: ID!) { node(id: $id) { id } }', { address }, { id: [turn] }),
  ],
  [
    'a token that nobody has',
    (ask, address, turn) => ask(GOOD, { address, token: `${turn}`.padEnd(43, 'A') }),
  ],
]
const rows = Object.entries(transports).flatMap(([transport, ask], row) =>
  refused.map(([what, send], column) => ({
    transport,
    ask,
    what,
    send,
    address: `192.0.2.${10 * row + column}`,
  })),
)

describe.each(rows)('$what over $transport', ({ ask, send, address }) => {
  it('is refused so many times, then its network without a look; who is known, and others, are not', async () => {
    expect(await ask(GOOD, { address, token: alice.token })).toBe('OK')
    for (let turn = 0; turn < MAX_REFUSED; turn++) {
      expect(await send(ask, address, turn)).toMatch(/BAD_USER_INPUT|UNAUTHENTICATED|4403/)
    }
    expect(await ask(GOOD, { address })).toBe('RATE_LIMITED')
    expect(await ask(GOOD, { address, token: UNKNOWN })).toMatch(/RATE_LIMITED|1013/)
    expect(await ask(GOOD, { address, token: alice.token })).toBe('OK')
    expect(await ask(GOOD, { address: '198.51.100.1' })).toBe('OK')
  })
})

it('who is known answers for what is theirs, and their network does not', async () => {
  const address = '192.0.2.100'
  const ask = transports.HTTP!
  expect(await ask(GOOD, { address, token: bob.token })).toBe('OK')
  for (let turn = 0; turn < MAX_REFUSED; turn++) {
    expect(await ask(`{ a${turn} }`, { address, token: bob.token })).toBe('BAD_USER_INPUT')
  }
  expect(await ask(GOOD, { address, token: bob.token })).toBe('RATE_LIMITED')
  expect(await ask(GOOD, { address })).toBe('OK')
})

it('over HTTP it is 429, and says when to come back', async () => {
  const ask = () => app.ask('{', {}, null, { 'x-forwarded-for': '192.0.2.101' })
  for (let turn = 0; turn < MAX_REFUSED; turn++) await ask()
  const { status, headers } = await ask()
  expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true])
})
