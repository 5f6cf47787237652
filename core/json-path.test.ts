import { describe, expect, test } from 'vitest'
import { cpuMsOf } from '../test/cpu.ts'
import { compileJsonPath, type Json } from './json-path.ts'

const MAX_MS = 1_000

describe('a path whose cost grows faster than the document is refused', () => {
  test.each([
    ['$..a..b', 'must descend with .. at most once'],
    ['$[?@..a && @..b]', 'must descend with .. at most once'],
    ['$[?@[?@.a]]', 'must have at most one filter'],
    ['$[?@.a].b[?@.c]', 'must have at most one filter'],
    ['$[?$.a == @.b]', 'must have $ only at its start'],
    ['$[0,0,0,0,0]', 'must have at most 3 commas'],
    ['$[?search(@.a, @.b)]', 'must give match() and search() a quoted pattern'],
    ['$[?match(@.a, value(@.b))]', 'must give match() and search() a quoted pattern'],
    [`$.${'a'.repeat(255)}`, 'must be at most 256 characters'],
  ])('%s', (text, rule) => {
    expect(compileJsonPath(text)).toEqual({ ok: false, rule })
  })
})

describe('signs within a quoted name cost nothing', () => {
  test.each([
    `$['a..b..c']`,
    `$["$","?","??"]`,
    `$['it\\'s $ ? ..'].a..b`,
    `$[?@.a == '$..?,,,,']`,
  ])('%s', (text) => {
    expect(compileJsonPath(text).ok).toBe(true)
  })
})

describe('what is not RFC 9535 is refused', () => {
  test.each([
    '',
    'a',
    '$.',
    '$[',
    '$.a b',
    '$.a[?(@.b =~ /x/)]',
    '$.a.length()',
    '@.a',
    '$[?nope(@)]',
  ])('%j', (text) => {
    expect(compileJsonPath(text)).toMatchObject({
      ok: false,
      rule: expect.stringContaining('must be a JSONPath such as $.status'),
    })
  })
})

describe('the largest documents are searched in time', () => {
  const wide = Array.from({ length: 100_000 }, (_, index) => ({ a: index, b: 'x' }))
  const words = Array.from({ length: 1_000 }, () => ({ a: 'ab'.repeat(40) }))
  test.each<[string, Json]>([
    ['$..a', wide],
    ['$[*,*][*,*]', wide],
    ['$[?@.a == 99999].b', wide],
    ['$[?@..b]', wide],
    ['$[?search(@.a, "(a|b)*a(a|b){50}[c-d]")]', words],
  ])('%s', (text, root) => {
    const path = compileJsonPath(text)
    const costMs = cpuMsOf(() => path.ok && path.select(root))
    expect(path.ok).toBe(true)
    expect(costMs).toBeLessThan(MAX_MS)
  })

  test('but what selects too much is refused', () => {
    const path = compileJsonPath('$[*]')
    expect(path.ok && path.select(wide)).toEqual({
      ok: false,
      rule: 'selects more than 10000 values',
    })
  })

  test('and a search for what repeats too much', () => {
    const path = compileJsonPath('$[?search(@, "a{120}")]')
    expect(path.ok && path.select(['a'])).toEqual({
      ok: false,
      rule: 'cannot be followed: its pattern repeats too much: use smaller counts',
    })
  })

  test('and what lies too deep', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as Json
    const path = compileJsonPath('$..a')
    expect(path.ok && path.select(deep)).toMatchObject({ ok: false })
  })
})
