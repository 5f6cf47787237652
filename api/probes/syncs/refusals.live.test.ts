import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_SYNC_BYTES } from '../../../core/probe-protocol.ts'
import { formatSecret } from '../../../core/signature.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { type Person, signUp } from '../../../test/people.ts'
import {
  assignmentsOf,
  post,
  registerProbe,
  resultOf,
  signSync,
  syncBody,
  type SyncHeaders,
  type TestProbe,
  watchFrom,
} from '../../../test/probe.ts'

const TOLERANCE_MS = 300_000
/** Nobody who parses it takes it for a sync: that would be told by a 400. */
const NO_SYNC = '{'

let server: TestServer
let alice: Person
let probe: TestProbe

beforeAll(async () => {
  server = await openTestServer()
  alice = await signUp(server, 'Alice')
  probe = await registerProbe(alice, 'berlin')
  await watchFrom(alice, ['berlin'])
})
afterAll(() => server[Symbol.asyncDispose]())

type Message = { headers: SyncHeaders; body: string }

async function signed(body: string, by = probe, at = Date.now()): Promise<Message> {
  return { headers: await signSync(by, body, { at }), body }
}

async function statusOf({ headers, body }: Message): Promise<number> {
  return (await post(server.url, headers, body)).status
}

describe('what was signed is taken as a whole', () => {
  const PARTS = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'body'] as const

  /** A message of which each part is of the one or the other, by a bit each. */
  function mixed(one: Message, other: Message, bits: number): Message {
    const partsOf = ({ headers, body }: Message) => ({ ...headers, body })
    const [a, b] = [partsOf(one), partsOf(other)]
    const chosen = PARTS.map((name, nth) => [name, (bits >> nth) & 1 ? b[name] : a[name]])
    const { body, ...headers } = { ...a, ...Object.fromEntries(chosen) }
    return { headers, body }
  }

  it('whichever parts of two honest messages change places', async () => {
    const [item] = await assignmentsOf(server.url, probe)
    const bodies = [0, 1].map((attempt) => syncBody({ results: [resultOf(item!, { attempt })] }))
    const one = await signed(bodies[0]!)
    const other = await signed(bodies[1]!, probe, Date.now() - 10_000)
    const whole = [0, 2 ** PARTS.length - 1]
    for (let bits = 0; bits < 2 ** PARTS.length; bits += 1) {
      const status = await statusOf(mixed(one, other, bits))
      expect({ bits, status }).toEqual({ bits, status: whole.includes(bits) ? 200 : 401 })
    }
  })

  it('and in its order: the same fields in another one are another message', async () => {
    const { headers, body } = await signed(syncBody())
    const reversed = Object.fromEntries(Object.entries(JSON.parse(body)).toReversed())
    expect(await statusOf({ headers, body: JSON.stringify(reversed) })).toBe(401)
    expect(await statusOf({ headers, body })).toBe(200)
  })
})

describe('nobody parses', () => {
  it('what is forged', async () => {
    const forger = { ...probe, secret: formatSecret(new Uint8Array(32)) }
    expect(await statusOf(await signed(NO_SYNC, forger))).toBe(401)
  })

  it('what another probe has signed', async () => {
    const { headers, body } = await signed(NO_SYNC, await registerProbe(alice, 'bonn'))
    expect(await statusOf({ headers: { ...headers, 'probe-id': probe.keyId }, body })).toBe(401)
  })

  it('what comes too late', async () => {
    const sentAt = Date.now() - TOLERANCE_MS - 2_000
    expect(await statusOf(await signed(NO_SYNC, probe, sentAt))).toBe(401)
  })

  it('what has come before', async () => {
    const message = await signed(NO_SYNC)
    expect(await statusOf(message)).toBe(400)
    expect(await statusOf(message)).toBe(409)
  })

  it('what is too long, though it is signed', async () => {
    expect(await statusOf(await signed(NO_SYNC.repeat(MAX_SYNC_BYTES + 1)))).toBe(413)
  })
})

it('what comes too late is not even read', async () => {
  const { headers } = await signed('', probe, Date.now() - TOLERANCE_MS - 2_000)
  const neverEnds = new ReadableStream({ start: (sink) => sink.enqueue(new Uint8Array(16)) })
  const sent = { method: 'POST', headers: { ...headers }, body: neverEnds, duplex: 'half' as const }
  expect((await fetch(`${server.url}/probe/sync`, sent)).status).toBe(401)
})
