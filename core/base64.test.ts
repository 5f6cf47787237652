import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64, toBase64 } from './base64.ts'

test('any bytes come back, and are written as everybody writes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect([...fromBase64(text)]).toEqual([...bytes])
      expect([...fromBase64(text.replaceAll('=', ''))]).toEqual([...bytes])
    }),
  )
})

test.each(['A', 'AA=', 'AAAAA', 'A A=', 'AA==AA==', 'AA-_', '====', 'ä'])('%j is none', (text) => {
  expect(() => fromBase64(text)).toThrow('no base64')
})
