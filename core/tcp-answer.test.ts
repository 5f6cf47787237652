import { describe, expect, test } from 'vitest'
import { answerFailure, createTcpAnswer } from './tcp-answer.ts'

const PEER = 'mail.example:25'

describe('an answer matches', () => {
  test.each<[string, string, string[], boolean[]]>([
    ['as soon as enough has come', '^220 ', ['22', '0 ', 'hi'], [false, true, true]],
    ['never, when its start is wrong', '^220 ', ['554 ', '220 '], [false, false]],
    ['across its pieces', 'ab', ['a', 'b'], [false, true]],
    ['in characters that are cut', 'ö$', ['\xc3', '\xb6'], [false, true]],
  ])('%s', (_, pattern, pieces, matches) => {
    const answer = createTcpAnswer(pattern)
    const found = pieces.map((piece) => {
      answer.add(Buffer.from(piece, 'latin1'))
      return answer.matches()
    })
    expect(found).toEqual(matches)
  })

  test('within its first 64 KB only', () => {
    const answer = createTcpAnswer('!')
    answer.add(Buffer.alloc(65_535, '-'))
    expect(answer.isFull()).toBe(false)
    answer.add(Buffer.from('--!'))
    expect([answer.matches(), answer.isFull(), answer.byteCount()]).toEqual([false, true, 65_536])
  })
})

describe('an answer that does not match is told', () => {
  test.each([
    ['', true, 'TIMEOUT', `${PEER} did not answer in time`],
    ['', false, 'CONNECTION_RESET', `${PEER} closed the connection without an answer`],
    [
      '554 no',
      false,
      'UNEXPECTED_RESPONSE',
      `${PEER} answered 6 bytes, which do not match "^220 "`,
    ],
    [
      '554 no',
      true,
      'UNEXPECTED_RESPONSE',
      `${PEER} answered 6 bytes in time, which do not match "^220 "`,
    ],
    [
      '-'.repeat(70_000),
      false,
      'UNEXPECTED_RESPONSE',
      `${PEER} answered 64 KB or more, which do not match "^220 "`,
    ],
  ])('%#', (text, isLate, errorKind, message) => {
    const answer = createTcpAnswer('^220 ')
    answer.add(Buffer.from(text))
    expect(answerFailure(answer, PEER, isLate)).toEqual({ ok: false, errorKind, message })
  })
})
