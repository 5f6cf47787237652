import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { formatSecret, importSecret, signMessage, verifyMessage } from './signature.ts'

type Vector = { id: string; timestamp: number; body: string; signature: string }

const { secret, vectors }: { secret: string; vectors: Vector[] } = JSON.parse(
  readFileSync(new URL('testing/standard-webhooks.json', import.meta.url), 'utf8'),
)
const SENT_AT = 1_700_000_000
const another = formatSecret(new Uint8Array(32).fill(7))
const message = { id: 'msg_1', timestampSeconds: SENT_AT, body: '{"a":1}' }
const signed = await signMessage(secret, message)

const verdict = async (
  changed: { id?: string; timestamp?: string; signature?: string; body?: string } = {},
  { secrets = [secret], nowMs = SENT_AT * 1000 } = {},
) => {
  const {
    id = 'msg_1',
    timestamp = String(SENT_AT),
    signature = signed,
    body = '{"a":1}',
  } = changed
  return verifyMessage(secrets, { id, timestamp, signature }, body, nowMs)
}

describe('a signature', () => {
  it.each(vectors)(
    'of $id is what the standard says',
    async ({ id, timestamp, body, signature }) => {
      expect(await signMessage(secret, { id, timestampSeconds: timestamp, body })).toBe(signature)
      const headers = { id, timestamp: String(timestamp), signature }
      const bytes = new TextEncoder().encode(body)
      expect(await verifyMessage([secret], headers, bytes, timestamp * 1000)).toEqual({
        isValid: true,
        secret,
      })
    },
  )

  it('is the same by another implementation, in both directions', async () => {
    const parts = fc.record({
      key: fc.uint8Array({ minLength: 24, maxLength: 64 }),
      id: fc.stringMatching(/^[\w-]{1,40}$/),
      body: fc.string({ unit: 'grapheme' }),
    })
    await fc.assert(
      fc.asyncProperty(parts, async ({ key, id, body }) => {
        const sharedSecret = formatSecret(key)
        const nowMs = Date.now()
        const timestampSeconds = Math.floor(nowMs / 1000)
        const theirs = new Webhook(sharedSecret)
        const ours = await signMessage(sharedSecret, { id, timestampSeconds, body })
        expect(ours).toBe(theirs.sign(id, new Date(nowMs), body))
        const headers = { id, timestamp: String(timestampSeconds), signature: ours }
        expect(await verifyMessage([sharedSecret], headers, body, nowMs)).toMatchObject({
          isValid: true,
        })
      }),
    )
  })

  it('is made alike by a key that was imported once', async () => {
    expect(await signMessage(await importSecret(secret), message)).toBe(signed)
  })

  it.each([
    ['too short', 'whsec_AAAA'],
    ['no base64', 'whsec_!!!!'],
    ['nothing', 'whsec_'],
  ])('is not made with a secret that is %s', async (_, bad) => {
    await expect(signMessage(bad, message)).rejects.toThrow(/secret|base64/i)
  })
})

describe('a message is refused', () => {
  it.each([
    ['with another body', { body: '{"a":2}' }],
    ['with another id', { id: 'msg_2' }],
    ['with another timestamp', { timestamp: String(SENT_AT + 1) }],
    ['without a signature', { signature: '' }],
    ['with a signature of another version', { signature: signed.replace('v1,', 'v2,') }],
    ['with half a signature', { signature: signed.slice(0, 20) }],
    // The last character before the padding carries two bits that base64 does not use.
    ['with another spelling of the same bytes', { signature: nextSpelling(signed) }],
  ])('%s', async (_, changed) => {
    expect(await verdict(changed)).toEqual({ isValid: false, reason: 'BAD_SIGNATURE' })
  })

  it.each(['', '1e9', '-1', '0x65531500', ' 1700000000', '1700000000.0', 'now'])(
    'with a timestamp "%s"',
    async (timestamp) => {
      expect(await verdict({ timestamp })).toEqual({ isValid: false, reason: 'BAD_TIMESTAMP' })
    },
  )
})

describe('a timestamp', () => {
  it.each([
    ['300 s old', 300_999, true],
    ['301 s old', 301_000, 'TOO_OLD'],
    ['300 s ahead', -300_000, true],
    ['301 s ahead', -300_001, 'TOO_NEW'],
  ])('%s', async (_, ageMs, expected) => {
    const judged = await verdict({}, { nowMs: SENT_AT * 1000 + ageMs })
    expect(judged.isValid || judged.reason).toBe(expected)
  })
})

describe('while a secret is rotated', () => {
  it('either of the two live ones is right, and is told', async () => {
    expect(await verdict({}, { secrets: [another, secret] })).toEqual({ isValid: true, secret })
    expect(await verdict({}, { secrets: [another] })).toMatchObject({ isValid: false })
  })

  it('one right signature among several is enough', async () => {
    const wrong = await signMessage(another, message)
    const signature = `v1a,${signed.slice(3)} ${wrong} ${signed}`
    expect(await verdict({ signature })).toMatchObject({ isValid: true })
    expect(await verdict({ signature: `${wrong} ${wrong}` })).toMatchObject({ isValid: false })
  })
})

function nextSpelling(signature: string): string {
  const last = signature.at(-2)!
  return `${signature.slice(0, -2)}${String.fromCharCode(last.charCodeAt(0) + 1)}=`
}
