import { expect, test } from 'vitest'
import { textFrame } from './frame.ts'

/** Of RFC 6455, 5.2 and 5.7. */
test.each([
  [2, '8102'],
  [125, '817d'],
  [126, '817e007e'],
  [65_535, '817effff'],
  [65_536, '817f0000000000010000'],
])('a text of %i bytes begins with %s, and follows whole', (length, header) => {
  const middle = Buffer.alloc(length - 2, 'x')
  const frame = textFrame(Buffer.from('<'), middle, Buffer.from('>'))
  const start = header.length / 2
  expect(frame.toString('hex', 0, start)).toBe(header)
  expect(frame.toString('latin1', start)).toBe(`<${middle.toString()}>`)
})
