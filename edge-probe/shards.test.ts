import { expect, test } from 'vitest'
import { grown } from './shards.ts'

test.each([
  ['an object with room stays alone', 1, 200, 1],
  ['one monitor too many makes two of it', 1, 201, 2],
  ['each may be full', 2, 200, 2],
  ['and doubles again', 2, 201, 4],
  ['with fewer monitors it stays as it is', 8, 3, 8],
  ['up to what the server knows', 64, 900, 64],
])('%s', (_, of, heldCount, expected) => {
  expect(grown(of, heldCount, 200)).toBe(expected)
})

test('a region of 10,000 monitors comes to objects of less than the size', () => {
  let of = 1
  while (grown(of, 10_000 / of, 200) > of) of = grown(of, 10_000 / of, 200)
  expect([of, 10_000 / of]).toEqual([64, 156.25])
})
