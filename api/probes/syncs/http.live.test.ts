import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_SYNC_BYTES } from '../../../core/probe-protocol.ts'
import { formatSecret } from '../../../core/signature.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import {
  assignmentsOf,
  post,
  registerProbe,
  resultOf,
  signSync,
  sync,
  type SyncHeaders,
  syncBody,
  type TestProbe,
  watchFrom,
} from '../../../test/probe.ts'
import { sendRaw } from '../../../test/raw-http.ts'
import { full } from '../../../test/size.ts'

const FLIPS = full ? 10_000 : 500
const FLIPS_AT_ONCE = 8
const FLIPS_TIMEOUT_MS = 300_000

let now = Date.now()
/** What passes each time somebody asks. */
let tickMs = 0
let server: TestServer
let alice: Person
let probe: TestProbe

beforeAll(async () => {
  server = await openTestServer({ deps: { clock: { now: () => (now += tickMs) } } })
  ;({ alice } = await gather(server))
  probe = await registerProbe(alice, 'berlin')
  await watchFrom(alice, ['berlin'])
})
afterAll(() => server[Symbol.asyncDispose]())

/** What the database holds of syncs and of what they brought. */
async function traces() {
  const { rows } = await server.database.pool.query(
    `SELECT (SELECT count(*) FROM probe_messages)::int AS messages,
       (SELECT count(*) FROM checks)::int AS checks,
       (SELECT json_agg(p ORDER BY p.id) FROM probes p) AS probes`,
  )
  return rows[0]
}

/** An honest sync of one result, as it is sent. */
async function honest(): Promise<{ headers: SyncHeaders; body: string }> {
  const [assignment] = await assignmentsOf(server.url, probe)
  const body = syncBody({ results: [resultOf(assignment!)] })
  return { headers: await signSync(probe, body, { at: now }), body }
}

describe('a signed sync', () => {
  it('is answered, and the answer is signed for this very message', async () => {
    const { status, answer } = await sync(server.url, probe)
    expect(status).toBe(200)
    expect(answer).toMatchObject({ serverTime: now, receipts: [] })
  })

  it('is told the time halfway through the work it made, as the way there and back is halved too', async () => {
    tickMs = 1_000
    const before = now
    const { answer } = await sync(server.url, probe)
    const after = now
    tickMs = 0
    expect(answer!.serverTime).toBeGreaterThan(before)
    expect(answer!.serverTime).toBeLessThan(after)
  })

  it('may be signed by a clock up to five minutes off, and by no other', async () => {
    const body = syncBody()
    const statusAt = async (at: number) => {
      const { status } = await post(server.url, await signSync(probe, body, { at }), body)
      return status
    }
    expect(await statusAt(now - 300_000)).toBe(200)
    expect(await statusAt(now + 300_000)).toBe(200)
    expect(await statusAt(now - 302_000)).toBe(401)
    expect(await statusAt(now + 302_000)).toBe(401)
  })
})

describe('what nobody with a live key has signed', () => {
  it(
    `is refused, whichever of ${FLIPS} bits is flipped`,
    async () => {
      const { headers, body } = await honest()
      const before = await traces()
      const statuses = new Map<number | null, number>()
      const flip = async () => {
        const status = await sendRaw(server.url, flipOneBit(headers, body))
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      for (let done = 0; done < FLIPS; done += FLIPS_AT_ONCE) {
        await Promise.all(Array.from({ length: FLIPS_AT_ONCE }, flip))
      }
      expect([...statuses.keys()].toSorted()).toEqual([400, 401])
      expect(await traces()).toEqual(before)
      // It was the flips alone that were wrong.
      expect(await sendRaw(server.url, rawSync(headers, Buffer.from(body)))).toBe(200)
      if (full)
        console.log(`${FLIPS} flipped bits: ${JSON.stringify(Object.fromEntries(statuses))}`)
    },
    FLIPS_TIMEOUT_MS,
  )

  it('is refused alike for an unknown key and a bad signature, with the time', async () => {
    const body = syncBody()
    const stranger = { ...probe, keyId: '019aa0c1-77e0-7000-8000-00000000002a' }
    const forger = { ...probe, secret: formatSecret(new Uint8Array(32)) }
    const [unknown, forged] = await Promise.all(
      [stranger, forger].map(async (one) =>
        post(server.url, await signSync(one, body, { at: now }), body),
      ),
    )
    const shown = ({ status, headers, text }: typeof unknown & object) => {
      const { 'x-request-id': _, ...rest } = Object.fromEntries(headers)
      return { status, text, headers: { ...rest, date: '' } }
    }
    expect(shown(unknown!)).toEqual(shown(forged!))
    expect(unknown!.status).toBe(401)
    expect(JSON.parse(unknown!.text)).toEqual({ error: expect.any(String), serverTime: now })
  })

  it.each(['probe-id', 'webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)(
    'is refused without its %s',
    async (name) => {
      const body = syncBody()
      const { [name]: _, ...rest } = await signSync(probe, body, { at: now })
      const { status } = await post(server.url, rest as SyncHeaders, body)
      expect(status).toBe(401)
    },
  )

  it("is refused with another probe's signature", async () => {
    const other = await registerProbe(alice, 'bonn')
    const body = syncBody()
    const headers = { ...(await signSync(other, body, { at: now })), 'probe-id': probe.keyId }
    expect(await post(server.url, headers, body)).toMatchObject({ status: 401 })
  })
})

describe('a body', () => {
  const send = (body: string | Uint8Array, more: object = {}) =>
    fetch(`${server.url}/probe/sync`, { method: 'POST', body: body as BodyInit, ...more })

  it.each([
    ['with its length', 'x'.repeat(MAX_SYNC_BYTES + 1)],
    ['without one', new ReadableStream({ pull: (sink) => sink.enqueue(new Uint8Array(65_536)) })],
  ])('too long is refused unread, sent %s', async (_, endless) => {
    const headers = { ...(await signSync(probe, '', { at: now })) }
    const more = { headers, body: endless, duplex: 'half' }
    const { status } = await send('', more)
    expect(status).toBe(413)
  })

  it('of a stranger is not even read: the answer comes while it is still being sent', async () => {
    const headers = { ...(await signSync(probe, '', { at: now })), 'probe-id': crypto.randomUUID() }
    const neverEnds = new ReadableStream({ start: (sink) => sink.enqueue(new Uint8Array(16)) })
    const { status } = await send('', { headers, body: neverEnds, duplex: 'half' })
    expect(status).toBe(401)
  })

  it('of a stranger keeps nobody from reading the answer, however long it is', async () => {
    const headers = { ...(await signSync(probe, '', { at: now })), 'probe-id': crypto.randomUUID() }
    const { status } = await send('x'.repeat(MAX_SYNC_BYTES), { headers })
    expect(status).toBe(401)
  })

  it('compressed is refused', async () => {
    const { status } = await send('x', { headers: { 'content-encoding': 'gzip' } })
    expect(status).toBe(415)
  })

  it.each(['', '{', '[]', '{"version":"1"}'])('that is no sync is refused: %j', async (body) => {
    const { status, text } = await post(server.url, await signSync(probe, body, { at: now }), body)
    expect([status, JSON.parse(text).error]).toEqual([
      400,
      expect.stringMatching(/^This is no sync/),
    ])
  })

  it('is asked for by POST alone', async () => {
    const { status, headers } = await fetch(`${server.url}/probe/sync`)
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('a message', () => {
  it('is taken once, and refused whenever it is sent again', async () => {
    const { headers, body } = await honest()
    const answers = await Promise.all([1, 2, 3].map(() => post(server.url, headers, body)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
    expect(await post(server.url, headers, body)).toMatchObject({ status: 409 })
  })

  it('is still refused when its id is forgotten: it is too old by then', async () => {
    const { headers, body } = await honest()
    await post(server.url, headers, body)
    now += 15 * 60_000 + 1_000
    await server.database.pool.query('DELETE FROM probe_messages')
    expect(await post(server.url, headers, body)).toMatchObject({ status: 401 })
  })
})

describe('a key', () => {
  const act = async (name: string, { id }: TestProbe) => {
    const { data, errors } = await alice.ask(
      `mutation ($id: ID!) { ${name}(input: { id: $id }) {
        probe { id } ${name === 'rotateProbeSecret' ? 'secret' : ''} } }`,
      { id },
    )
    return data?.[name] ?? errors[0]!.extensions.code
  }

  it('has two secrets for a day after it was rotated, each answered with itself', async () => {
    const former = await registerProbe(alice, 'rome')
    const { secret } = await act('rotateProbeSecret', former)
    const current = { ...former, secret }
    expect((await syncAt(former)).answer).not.toBeNull()
    expect((await syncAt(current)).answer).not.toBeNull()
    now += 24 * 3_600_000 - 1
    expect((await syncAt(current)).status).toBe(200)
    expect((await syncAt(former)).status).toBe(200)
    now += 1
    expect((await syncAt(former)).status).toBe(401)
    expect((await syncAt(current)).status).toBe(200)
  })

  it('keeps the last two of three secrets', async () => {
    const first = await registerProbe(alice, 'oslo')
    const second = { ...first, secret: (await act('rotateProbeSecret', first)).secret }
    const third = { ...first, secret: (await act('rotateProbeSecret', first)).secret }
    const statuses = await Promise.all([first, second, third].map(syncAt))
    expect(statuses.map(({ status }) => status)).toEqual([401, 200, 200])
  })

  it('is unknown from the moment it is revoked', async () => {
    const gone = await registerProbe(alice, 'riga')
    await syncAt(gone)
    await act('revokeProbe', gone)
    expect((await syncAt(gone)).status).toBe(401)
    expect(await act('rotateProbeSecret', gone)).toBe('NOT_FOUND')
    expect((await syncAt(await registerProbe(alice, 'riga'))).status).toBe(200)
  })

  it('that cannot be opened says nothing of why', async () => {
    const broken = await registerProbe(alice, 'baku')
    await server.database.pool.query('UPDATE probes SET secret = $2 WHERE id = $1', [
      broken.keyId,
      Buffer.from('no longer a secret'),
    ])
    const { status, text } = await syncAt(broken)
    expect(status).toBe(500)
    expect(text).toMatch(/Unexpected error/)
    expect(text).not.toMatch(/probes|secret|key/)
  })

  it('may sync 600 times a minute, which forgeries in its name do not use up', async () => {
    const busy = await registerProbe(alice, 'lima')
    const forger = { ...busy, secret: formatSecret(new Uint8Array(32)) }
    for (let times = 0; times < 20; times += 1) await syncAt(forger)
    const statuses: number[] = []
    for (let times = 0; times < 61; times += 1) {
      const some = await Promise.all(Array.from({ length: 10 }, () => syncAt(busy)))
      statuses.push(...some.map(({ status }) => status))
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(600)
    const { status, headers } = await syncAt(busy)
    expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
  })

  async function syncAt(one: TestProbe) {
    const body = syncBody()
    return post(server.url, await signSync(one, body, { at: now }), body, one.secret)
  }
})

/** The bytes of a sync, with one random bit of a signed header or of the body turned over. */
function flipOneBit(headers: SyncHeaders, body: string): Uint8Array {
  const values = Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)] as const)
  const bytes = Buffer.from(body)
  const parts = [...values.map(([, value]) => value), bytes]
  // As often in a header as in the body, which is longer.
  const part = parts[randomInt(parts.length)]!
  const place = randomInt(part.length)
  part[place] = part[place]! ^ (1 << randomInt(8))
  return rawSync(
    Object.fromEntries(values.map(([name, value]) => [name, value.toString('latin1')])),
    bytes,
  )
}

function rawSync(headers: Record<string, string>, body: Uint8Array): Uint8Array {
  const lines = Object.entries({
    host: 'localhost',
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([
    Buffer.from(`POST /probe/sync HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    body,
  ])
}
