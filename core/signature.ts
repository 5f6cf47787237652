import { fromBase64, toBase64 } from './base64.ts'

/** Standard Webhooks (standardwebhooks.com), symmetric: HMAC-SHA256 over `id.timestamp.body`, on Web Crypto alone. */

/** How far a timestamp may lie from the receiver's clock, either way. */
export const TOLERANCE_SECONDS = 300

const PREFIX = 'whsec_'
const VERSION = 'v1,'
/** What the standard asks of a secret. */
const SECRET_BYTES = { least: 24, most: 64 }
const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** A secret as it is shown (`whsec_<base64>`), or as `importSecret` made it for who signs often. */
export type Secret = string | CryptoKey

/** The three headers of a signed message, as they came. */
export type SignedHeaders = { id: string; timestamp: string; signature: string }

/** `secret` is the one that signed. */
export type SignatureVerdict =
  | { isValid: true; secret: Secret }
  | { isValid: false; reason: 'BAD_TIMESTAMP' | 'TOO_OLD' | 'TOO_NEW' | 'BAD_SIGNATURE' }

/** The value of `webhook-signature`. */
export async function signMessage(
  secret: Secret,
  message: { id: string; timestampSeconds: number; body: string | Uint8Array },
): Promise<string> {
  return sign(secret, signedBytes(message.id, String(message.timestampSeconds), message.body))
}

/** Whether one of the live secrets made one of the signatures. `body` is what came, byte for byte, before anybody parses it. */
export async function verifyMessage(
  secrets: Secret[],
  { id, timestamp, signature }: SignedHeaders,
  body: string | Uint8Array,
  nowMs: number,
): Promise<SignatureVerdict> {
  const reason = judgeTimestamp(timestamp, nowMs)
  if (reason) return { isValid: false, reason }
  const bytes = signedBytes(id, timestamp, body)
  const given = signature.split(' ')
  for (const secret of secrets) {
    const expected = await sign(secret, bytes)
    if (given.some((one) => isSame(one, expected))) return { isValid: true, secret }
  }
  return { isValid: false, reason: 'BAD_SIGNATURE' }
}

/** Why no signature with this timestamp can be valid now; null where one may be. */
export function judgeTimestamp(timestamp: string, nowMs: number) {
  if (!/^\d{1,12}$/.test(timestamp)) return 'BAD_TIMESTAMP'
  const ageSeconds = Math.floor(nowMs / 1000) - Number(timestamp)
  if (ageSeconds > TOLERANCE_SECONDS) return 'TOO_OLD'
  return ageSeconds < -TOLERANCE_SECONDS ? 'TOO_NEW' : null
}

/** Throws for what is no secret of 24 to 64 bytes. */
export async function importSecret(secret: string): Promise<CryptoKey> {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret
  const bytes = fromBase64(base64)
  if (bytes.length < SECRET_BYTES.least || bytes.length > SECRET_BYTES.most)
    throw new RangeError('a secret has 24 to 64 bytes')
  return crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign'])
}

export function formatSecret(bytes: Uint8Array): string {
  return PREFIX + toBase64(bytes)
}

async function sign(secret: Secret, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = typeof secret === 'string' ? await importSecret(secret) : secret
  return VERSION + toBase64(new Uint8Array(await crypto.subtle.sign(HMAC, key, bytes)))
}

function signedBytes(id: string, timestamp: string, body: string | Uint8Array) {
  const head = encoder.encode(`${id}.${timestamp}.`)
  const content = typeof body === 'string' ? encoder.encode(body) : body
  const bytes = new Uint8Array(head.length + content.length)
  bytes.set(head)
  bytes.set(content, head.length)
  return bytes
}

/** Takes as long wherever the difference is. Compared as text: two texts may stand for the same bytes in base64. */
function isSame(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false
  let difference = 0
  for (let index = 0; index < expected.length; index += 1)
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index)
  return difference === 0
}

const encoder = new TextEncoder()
