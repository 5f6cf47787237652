import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { SyncAnswer, SyncRequest } from '../../core/probe-protocol.ts'
import { importSecret, signMessage } from '../../core/signature.ts'
import { probeResult } from '../../core/testing/probe-result.ts'
import { openTestServer } from '../../test/graphql-server.ts'
import { gather } from '../../test/people.ts'
import { registerProbe } from '../../test/probe.ts'
import { startHttpTarget } from '../testing/target.ts'
import { createServerClock, type ServerClock } from './clock.ts'
import { sync, type SyncKey } from './sync.ts'

const DAY_MS = 86_400_000
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const FOREIGN = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const EMPTY: SyncAnswer = { serverTime: Date.now(), receipts: [], assignments: null }

test.each([
  ['ahead', DAY_MS],
  ['behind', -DAY_MS],
])('a clock a day %s is set by the server, who then believes the signature', async (_, offMs) => {
  await using server = await openTestServer()
  const { alice } = await gather(server)
  const probe = await registerProbe(alice, 'berlin')
  const clock = clockOff(offMs)
  const key = await keyFor(server.url, probe)
  expect(await sync(key, clock, REQUEST, signal())).toMatchObject({ ok: true })
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000)
})

test('a key that is not known is told apart from a clock that is off', async () => {
  await using server = await openTestServer()
  const { alice } = await gather(server)
  const { keyId } = await registerProbe(alice, 'berlin')
  const wrong = await keyFor(server.url, { keyId, secret: FOREIGN })
  const refused = {
    ok: false,
    why: 'KEY_REFUSED',
    message: expect.stringMatching('PROBE_ID or PROBE_SECRET is wrong'),
  }
  expect(await sync(wrong, createServerClock(), REQUEST, signal())).toMatchObject(refused)
  const unknown = await keyFor(server.url, { keyId: randomUUID(), secret: SECRET })
  expect(await sync(unknown, clockOff(DAY_MS), REQUEST, signal())).toMatchObject(refused)
})

type Row = [sentence: string, answer: Script]

const untrusted: Row[] = [
  ['without a signature', (_, response) => response.end(JSON.stringify(EMPTY))],
  ['signed by somebody else', (sent, response) => signed(response, sent, { secret: FOREIGN })],
  ['to another question', (sent, response) => signed(response, sent, { id: randomUUID() })],
  ['altered on the way', (sent, response) => signed(response, sent, { altered: ' ' })],
  ['signed ten minutes ago', (sent, response) => signed(response, sent, { ageSeconds: 600 })],
  ['that is no answer', (sent, response) => signed(response, sent, { body: '{"receipts":[]}' })],
  ['with a receipt too many', (sent, response) => signed(response, sent, { receipts: 2 })],
]

test.each(untrusted)('an answer %s is not obeyed', async (_, script) => {
  expect(await syncWith(script)).toMatchObject({ ok: false, why: 'UNTRUSTED' })
})

test('an answer that is right is', async () => {
  const outcome = await syncWith((sent, response) => signed(response, sent, {}))
  expect(outcome).toMatchObject({ ok: true, answer: { receipts: [{ status: 'ACCEPTED' }] } })
})

test.each<[string, Script, object]>([
  [
    'who wants to be left alone is',
    (_, response) => response.writeHead(429, { 'retry-after': '7' }).end('{"error":"Wait."}'),
    { why: 'BUSY', retryAfterMs: 7_000, message: 'Pharos answered 429: Wait.' },
  ],
  [
    '... but not forever',
    (_, response) => response.writeHead(503, { 'retry-after': '999999' }).end(),
    { why: 'BUSY', retryAfterMs: 600_000 },
  ],
  [
    'who fails is asked again',
    (_, response) => response.writeHead(502).end('<html>'),
    { why: 'BUSY', retryAfterMs: null, message: 'Pharos answered 502' },
  ],
  [
    'who refuses says why',
    (_, response) => response.writeHead(400).end('{"error":"No sync."}'),
    { why: 'REFUSED', message: 'Pharos answered 400: No sync.' },
  ],
  [
    'nobody is followed elsewhere',
    (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
    { why: 'UNREACHABLE' },
  ],
  ['nobody there is told', (_, response) => response.destroy(), { why: 'UNREACHABLE' }],
  [
    'who never ends is not listened to',
    (_, response) => flood(response),
    { why: 'UNREACHABLE', message: 'Pharos cannot be reached: the answer is too long' },
  ],
])('%s', async (_, script, expected) => {
  expect(await syncWith(script)).toMatchObject({ ok: false, ...expected })
})

const REQUEST: SyncRequest = {
  version: '1',
  capabilities: ['HTTP'],
  colo: null,
  shard: null,
  assignmentsVersion: null,
  sentAt: Date.now(),
  unhealthySince: null,
  results: [],
}

type Script = (sent: IncomingMessage, response: ServerResponse) => unknown

/** One sync of one result with a server that does as it is told. */
async function syncWith(script: Script) {
  await using server = await startHttpTarget((sent, response) => {
    void text(sent).then(() => script(sent, response))
  })
  const key = await keyFor(server.url, { keyId: randomUUID(), secret: SECRET })
  const request = { ...REQUEST, results: [probeResult()] }
  return await sync(key, createServerClock(), request, signal())
}

type Flaw = {
  secret?: string
  id?: string
  ageSeconds?: number
  receipts?: number
  body?: string
  altered?: string
}

async function signed(response: ServerResponse, sent: IncomingMessage, flaw: Flaw) {
  const { secret = SECRET, id = String(sent.headers['webhook-id']), altered = '' } = flaw
  const timestampSeconds = Math.floor(Date.now() / 1000) - (flaw.ageSeconds ?? 0)
  const receipts = Array(flaw.receipts ?? 1).fill({ status: 'ACCEPTED' })
  const body = flaw.body ?? JSON.stringify({ ...EMPTY, receipts })
  response.setHeader('webhook-id', id)
  response.setHeader('webhook-timestamp', timestampSeconds)
  response.setHeader('webhook-signature', await signMessage(secret, { id, timestampSeconds, body }))
  response.end(body + altered)
}

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(1_048_576)
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    response.once('drain', more)
  }
  more()
}

async function keyFor(url: string, probe: { keyId: string; secret: string }): Promise<SyncKey> {
  const secret = await importSecret(probe.secret)
  return { syncUrl: new URL('/probe/sync', url), probeId: probe.keyId, secret }
}

/** A machine's clock that is off; all else is as it is. */
function clockOff(offMs: number): ServerClock {
  return createServerClock(() => Date.now() + offMs)
}

function signal(): AbortSignal {
  return AbortSignal.timeout(20_000)
}
