import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../platform/keyring.ts'
import { isTokenOf, monitorIn, tokenOf } from './token.ts'

const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }])
const key = { monitorId: '019a9f5e-7c00-7abc-8def-0123456789ab', tokenVersion: 1 }
const token = tokenOf(keyring, key)

describe('the token of a heartbeat', () => {
  it('names its monitor and stands in an address as it is', () => {
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(monitorIn(token)).toBe(key.monitorId)
    expect(isTokenOf(keyring, key, token)).toBe(true)
  })

  it('is another one for another version, monitor or key ring', () => {
    const others = [
      tokenOf(keyring, { ...key, tokenVersion: 2 }),
      tokenOf(keyring, { ...key, monitorId: '019a9f5e-7c00-7abc-8def-0123456789ac' }),
      tokenOf(createKeyring([{ id: 'test', key: randomBytes(32) }]), key),
    ]
    for (const other of others) expect(isTokenOf(keyring, key, other)).toBe(false)
  })

  it('holds in its one spelling only, whichever character is altered', () => {
    for (let index = 0; index < token.length; index += 1) {
      const character = token[index] === 'A' ? 'B' : 'A'
      const altered = token.slice(0, index) + character + token.slice(index + 1)
      expect(isTokenOf(keyring, key, altered)).toBe(false)
    }
    // Its last character carries two bits that mean nothing.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twins = alphabet.split('').map((character) => token.slice(0, -1) + character)
    expect(twins.filter((twin) => isTokenOf(keyring, key, twin))).toEqual([token])
  })

  it.each(['', 'x', token.slice(1), `${token}A`, `${token.slice(0, -1)}=`, '💥'])(
    'is not %j',
    (text) => {
      expect(monitorIn(text)).toBeNull()
      expect(isTokenOf(keyring, key, text)).toBe(false)
    },
  )
})
