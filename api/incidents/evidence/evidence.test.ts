import { describe, expect, test } from 'vitest'
import { requestFor } from '../../../agent/testing/request.ts'
import { keptOf, lapse, unseen } from './evidence.ts'

const MINUTE = 60_000

describe('evidence whose turn has come', () => {
  const turn = { attempts: 1, waitedMs: 0, isOver: false, regions: ['local'] }
  test.each([
    ['is taken', turn, null],
    ['is taken five minutes later', { ...turn, waitedMs: 5 * MINUTE }, null],
    ['is not taken any later', { ...turn, waitedMs: 5 * MINUTE + 1 }, 'within 5 minutes'],
    ['is taken at the third attempt', { ...turn, attempts: 3 }, null],
    ['is given up at the fourth', { ...turn, attempts: 4 }, 'in 3 attempts'],
    ['is taken of what the edge reaches', { ...turn, regions: ['weur', 'enam'] }, null],
    ['is taken of what we reach too', { ...turn, regions: ['office', 'local'] }, null],
    ['is not taken of what only an agent reaches', { ...turn, regions: ['office'] }, 'private'],
    ['is not taken of what is over', { ...turn, isOver: true }, 'was over'],
  ])('%s', (_, given, expected) => {
    const problem = lapse(given)
    if (expected === null) expect(problem).toBeNull()
    else expect(problem).toContain(expected)
  })
})

describe('a page is pictured', () => {
  test.each([
    ['if anybody would see it', {}, null],
    [
      'with headers of the monitor, which no visitor sends',
      { headers: [{ name: 'A', value: 'b' }] },
      null,
    ],
    ['not if it is no page', { method: 'POST' as const }, 'A visitor sees no page by POST'],
    [
      'not if it takes credentials',
      { auth: { type: 'BEARER' as const, token: 'x' } },
      'A visitor has not the credentials of the monitor',
    ],
  ])('%s', (_, options, expected) => {
    expect(unseen(requestFor('http://a.example/', options))).toBe(expected)
  })
})

describe('of an answer is kept', () => {
  const answer = { status: 500, headers: [], bodyBytes: 7, isAsExpected: false }
  const request = requestFor('http://a.example/', { auth: { type: 'BEARER', token: 'sesame' } })

  test.each([
    ['nothing of what is not to be read', null, null],
    ['all of a short body', 'ab', 'ab'],
    ['no NUL, which Postgres does not take', 'a\0b', 'a\ufffdb'],
    ['no secret', 'a sesame b', 'a [redacted] b'],
  ])('%s', (_, body, expected) => {
    expect(keptOf({ ...answer, body }, request)).toEqual({ ...answer, body: expected })
  })

  const bodyOf = (body: string) => keptOf({ ...answer, body }, request).body ?? ''

  test('64 KB at most, and no half of a secret at the cut', () => {
    expect(bodyOf(`${'x'.repeat(65_530)} sesame`)).toBe(`${'x'.repeat(65_530)} [reda`)
    expect(Buffer.byteLength(bodyOf('ä'.repeat(70_000)))).toBe(65_536)
  })

  test('no half of a character at the cut', () => {
    expect(bodyOf(`${'x'.repeat(65_535)}€`)).toBe('x'.repeat(65_535))
    expect(bodyOf(`${'x'.repeat(65_533)}😀`)).toBe('x'.repeat(65_533))
  })

  test('no half of a secret where the search for them ends', () => {
    const line = `token=${'x'.repeat(33)} `
    const body = bodyOf(`${line.repeat(2_457).padEnd(98_299)}a sesame`)
    expect(body.length).toBeGreaterThan(10_000)
    expect(body).not.toContain('a ses')
  })
})
