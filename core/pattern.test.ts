import { describe, expect, test } from 'vitest'
import { cpuMsOf } from '../test/cpu.ts'
import { pseudoRandom } from '../test/pseudo-random.ts'
import { compilePattern } from './pattern.ts'

const TEXT_LENGTH = 14_000
/** A backtracking engine takes longer than the universe lasts. */
const MAX_MS = 5_000

describe('a pattern', () => {
  test.each([
    ['^ok$', 'ok', true],
    ['ok', 'not ok at all', true],
    ['^ok$', 'ok\n', false],
    ['(?i)größe', 'GRÖSSE GRÖßE', true],
    ['\\d{3}', '20', false],
    ['', 'anything', true],
  ])('%j on %j: %s', (text, searched, matches) => {
    const pattern = compilePattern(text)
    expect(pattern.ok && pattern.test(searched)).toBe(matches)
  })

  test.each([
    ['(', 'must be a pattern in RE2 syntax: missing closing ): `(`'],
    ['(a)\\1', expect.stringContaining('must be a pattern in RE2 syntax')],
    ['(?=a)', expect.stringContaining('must be a pattern in RE2 syntax')],
    ['a{1001}', expect.stringContaining('must be a pattern in RE2 syntax')],
    ['(a{30}){30}', 'repeats too much: use smaller counts'],
    ['a'.repeat(251), 'must be at most 250 characters'],
  ])('%j is refused with its rule', (text, rule) => {
    expect(compilePattern(text)).toEqual({ ok: false, rule })
  })
})

describe('the worst pattern on a long text ends in time', () => {
  test.each(['^(a+)+$', '(x+x+)+y', '[ab]*a[ab]{200}[cd]', '(a|b)*a(a|b){50}[c-d]', '(a|aa)+$'])(
    '%s',
    (text) => {
      const pattern = compilePattern(text)
      const searched = `${pseudoRandom(TEXT_LENGTH)}#cdy`
      const costMs = cpuMsOf(() => expect(pattern.ok && pattern.test(searched)).toBe(false))
      expect(costMs).toBeLessThan(MAX_MS)
    },
  )
})
