import { timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../platform/keyring.ts'

const ID_BYTES = 16
const SIGNATURE_BYTES = 16
/** Of both, in base64url. */
const TOKEN = /^[\w-]{43}$/

/** What a token is derived from; a higher version makes another one. */
export type HeartbeatKey = { monitorId: string; tokenVersion: number }

/** The secret part of the address that a job calls. */
export function tokenOf(keyring: Keyring, { monitorId, tokenVersion }: HeartbeatKey): string {
  const signed = keyring.sign(`heartbeat|${monitorId}|${tokenVersion}`)
  const signature = Buffer.from(signed, 'base64url').subarray(0, SIGNATURE_BYTES)
  const id = Buffer.from(monitorId.replaceAll('-', ''), 'hex')
  return Buffer.concat([id, signature]).toString('base64url')
}

/** The monitor that a token speaks of, whether or not we made it; null for what has not its form. */
export function monitorIn(token: string): string | null {
  if (!TOKEN.test(token)) return null
  const hex = Buffer.from(token, 'base64url').toString('hex', 0, ID_BYTES)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Takes as long whichever byte differs. */
export function isTokenOf(keyring: Keyring, key: HeartbeatKey, token: string): boolean {
  const [made, given] = [tokenOf(keyring, key), token].map((text) => Buffer.from(text))
  return made!.length === given!.length && timingSafeEqual(made!, given!)
}
