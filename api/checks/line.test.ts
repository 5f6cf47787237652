import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLine } from './line.ts'

/** A line in which each letter stands for one whose it is, taken as words. */
function lineOf(waiting: string) {
  const line = createLine<string>({ most: 6, mostOfOne: 3 })
  for (const letter of waiting) line.add(letter, letter)
  return { ...line, takeAll: () => Array.from({ length: 4 }, () => line.take().join('')) }
}

it.each([
  ['who is alone has all there is room for', 'aaaaaaaa', ['aaaaaa', 'aa', '', '']],
  ['who has much leaves room to others while they wait', 'aaaaaaaab', ['aaab', 'aaaaa', '', '']],
  ['who comes last is taken with the first', 'aaaabbbbccccd', ['aabbcd', 'aabbcc', 'c', '']],
  [
    'where there is no room for everybody the others come next',
    'abcdefghab',
    ['abcdef', 'ghab', '', ''],
  ],
])('%s: %s', (_sentence, waiting, batches) => {
  expect(lineOf(waiting).takeAll()).toEqual(batches)
})

it('loses nothing, doubles nothing, and keeps the order of each', () => {
  const owners = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 })
  fc.assert(
    fc.property(owners, fc.integer({ min: 1, max: 8 }), (waiting, mostOfOne) => {
      const line = createLine<string>({ most: 8, mostOfOne })
      for (const [place, owner] of waiting.entries()) line.add(owner, `${owner}${place}`)
      const taken: string[] = []
      while (line.size() > 0) taken.push(...line.take())
      for (const owner of 'abcd') {
        const own = (item: string) => item.startsWith(owner)
        const added = waiting.map((one, place) => `${one}${place}`)
        expect(taken.filter(own)).toEqual(added.filter(own))
      }
    }),
  )
})
