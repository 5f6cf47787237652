import { beforeAll, describe, expect, test } from 'vitest'
import { formatSecret, signMessage, verifyMessage } from './signature.ts'
import { isAnswerTo, signSync, type SyncHeaders } from './signed-sync.ts'

const NOON = Date.parse('2026-11-20T12:00:00Z')
const BODY = '{"serverTime":1}'
const identity = {
  probeId: '019aa0c1-77e0-7000-8000-00000000002a',
  secret: formatSecret(new Uint8Array(32).fill(7)),
}
let sent: SyncHeaders
let answer: { headers: Headers; body: string }

beforeAll(async () => {
  sent = await signSync(identity, '{}', NOON)
  answer = { headers: await answerHeaders(sent['webhook-id']), body: BODY }
})

test('a sync says who sends it, and is signed as it goes out', async () => {
  const signed = {
    id: sent['webhook-id'],
    timestamp: sent['webhook-timestamp'],
    signature: sent['webhook-signature'],
  }
  expect(sent['probe-id']).toBe(identity.probeId)
  expect(sent['webhook-timestamp']).toBe(String(NOON / 1_000))
  expect(await verifyMessage([identity.secret], signed, '{}', NOON)).toMatchObject({
    isValid: true,
  })
})

test('no two have the same id', async () => {
  const another = await signSync(identity, '{}', NOON)
  expect(another['webhook-id']).not.toBe(sent['webhook-id'])
})

describe('of what comes back', () => {
  type Given = { headers?: Record<string, string>; body?: string; nowMs?: number; secret?: string }
  type Row = [sentence: string, given: Given, expected: boolean]

  test.each<Row>([
    ['the answer is one', {}, true],
    ['an altered body is none', { body: '{"serverTime":2}' }, false],
    ['the answer to another sync is none', { headers: { 'webhook-id': 'another' } }, false],
    ['one without signature is none', { headers: { 'webhook-signature': '' } }, false],
    [
      'one of whoever has another secret is none',
      { secret: formatSecret(new Uint8Array(32)) },
      false,
    ],
    ['one of six minutes ago is none', { nowMs: NOON + 360_000 }, false],
  ])('%s', async (_, { headers = {}, body = BODY, nowMs = NOON, secret }, expected) => {
    const given = {
      headers: new Headers({ ...Object.fromEntries(answer.headers), ...headers }),
      body,
    }
    const asked = { ...identity, secret: secret ?? identity.secret }
    expect(await isAnswerTo(sent, asked, given, nowMs)).toBe(expected)
  })
})

async function answerHeaders(id: string): Promise<Headers> {
  const timestampSeconds = NOON / 1_000
  return new Headers({
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await signMessage(identity.secret, { id, timestampSeconds, body: BODY }),
  })
}
