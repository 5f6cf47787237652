import { describe, expect, test } from 'vitest'
import { cpuMsOf } from '../test/cpu.ts'
import { pseudoRandom } from '../test/pseudo-random.ts'
import { judgeAssertions } from './assertion.ts'
import { assertionOf, outcome, response, type Terms } from './testing/assertion.ts'

describe('all assertions share one budget of work', () => {
  const small: Terms = ['BODY', null, 'NOT_MATCHES', 'error|fatal']
  const large: Terms = ['BODY', null, 'NOT_MATCHES', '[ab]*a[ab]{200}[cd]']
  const inPath: Terms = ['JSON', '$[?search(@, "x")]', 'NOT_EXISTS', null]
  const lookUp: Terms = ['JSON', '$.a.b', 'NOT_EXISTS', null]
  const walk: Terms = ['JSON', '$..a', 'NOT_EXISTS', null]
  const tooLong = 'The answer is too long for so many patterns and paths'
  test.each<[string, Terms[], number, string | null]>([
    ['three small ones search the largest body', Array(3).fill(small), 1_000_000, null],
    ['four do not', Array(4).fill(small), 1_000_000, tooLong],
    ['a large one searches a page', [large], 14_500, null],
    ['a large one does not search a book', [large], 14_600, tooLong],
    ['two large ones search half as much', [large, large], 7_300, tooLong],
    ['a path that searches counts too', [inPath], 29_557, tooLong],
    ['paths to one value search the largest body', Array(20).fill(lookUp), 1_000_000, null],
    ['two walks search the largest body', Array(2).fill(walk), 1_000_000, null],
    ['three walks do not', Array(3).fill(walk), 1_000_000, tooLong],
  ])('%s', (_, terms, length, message) => {
    const body = JSON.stringify('-'.repeat(length - 2))
    const judged = judgeAssertions(
      terms.map((one) => assertionOf(...one)),
      { ...response, body },
    )
    expect(judged?.message ?? null).toBe(message)
  })

  test('and keep to 0.4 s of CPU with the worst that passes', () => {
    const assertions = [assertionOf(...large)]
    const body = pseudoRandom(14_500)
    const costMs = cpuMsOf(() =>
      expect(judgeAssertions(assertions, { ...response, body })).toBeNull(),
    )
    expect(costMs).toBeLessThan(400)
  })
})

test('headers and records are searched on the same budget', () => {
  const text = '-'.repeat(75_000)
  const long = { ...response, headers: { 'x-long': text }, records: [text] }
  const pattern = '[ab]*a[ab]{200}[cd]'
  const tooLong = 'The answer is too long for so many patterns and paths'
  expect(outcome(['HEADER', 'x-long', 'MATCHES', pattern], long)).toBe(tooLong)
  expect(outcome(['DNS_RECORD', null, 'NOT_MATCHES', pattern], long)).toBe(tooLong)
})
