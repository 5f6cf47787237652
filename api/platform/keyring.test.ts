import { describe, expect, test } from 'vitest'
import { createKeyring, type EncryptionKey, parseKeys } from './keyring.ts'

const PLACE = 'monitors|secrets|workspace-1|monitor-1'

const first: EncryptionKey = { id: '1', key: Buffer.alloc(32, 1) }
const second: EncryptionKey = { id: '2', key: Buffer.alloc(32, 2) }

describe('a sealed secret', () => {
  const keyring = createKeyring([first])

  test('opens in its place', () => {
    expect(keyring.open(keyring.seal('pässword', PLACE), PLACE)).toBe('pässword')
  })

  test('is never twice the same', () => {
    expect(keyring.seal('a', PLACE)).not.toEqual(keyring.seal('a', PLACE))
  })

  test('does not open in another row, column or workspace', () => {
    const sealed = keyring.seal('secret', PLACE)
    for (const place of [
      'monitors|secrets|workspace-1|monitor-2',
      'monitors|secrets|workspace-2|monitor-1',
      'monitors|body|workspace-1|monitor-1',
      'probes|secrets|workspace-1|monitor-1',
    ])
      expect(() => keyring.open(sealed, place)).toThrow()
  })

  test('does not open with any one bit flipped', () => {
    const sealed = keyring.seal('secret', PLACE)
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Uint8Array.from(sealed)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => keyring.open(flipped, PLACE)).toThrow()
    }
  })

  test('does not open when cut short at any length', () => {
    const sealed = keyring.seal('secret', PLACE)
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => keyring.open(sealed.subarray(0, length), PLACE)).toThrow()
  })

  test('does not open when its key id is swapped for that of another key', () => {
    const sealed = createKeyring([first]).seal('secret', PLACE)
    const swapped = Uint8Array.from(sealed)
    swapped[1] = '2'.charCodeAt(0)
    expect(() => createKeyring([second, first]).open(swapped, PLACE)).toThrow()
  })

  test('opens after a newer key became the active one, and not after its own is gone', () => {
    const sealed = createKeyring([first]).seal('secret', PLACE)
    expect(createKeyring([second, first]).open(sealed, PLACE)).toBe('secret')
    expect(() => createKeyring([second]).open(sealed, PLACE)).toThrow()
  })
})

describe('a signature', () => {
  test('is the same for the same text and key, and for no other', () => {
    const { sign } = createKeyring([first])
    expect(sign('a')).toBe(createKeyring([first]).sign('a'))
    expect(sign('a')).not.toBe(sign('b'))
    expect(sign('a')).not.toBe(createKeyring([second]).sign('a'))
  })
})

describe('a key ring as text', () => {
  const key = Buffer.alloc(32, 7).toString('base64')

  test.each([
    ['', 'must be id:key'],
    [key, 'must be id:key'],
    ['1:c2hvcnQ=', 'each key must be 32 bytes'],
    [`1:${key},1:${key}`, 'each id may occur once'],
  ])('%s is refused', (text, rule) => {
    expect(parseKeys(text)).toMatchObject({ problem: expect.stringContaining(rule) })
  })

  test('keeps its order', () => {
    expect(parseKeys(`new:${key},old:${key}`)).toMatchObject([{ id: 'new' }, { id: 'old' }])
  })
})
