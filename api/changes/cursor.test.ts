import { describe, expect, it } from 'vitest'
import { Refusal } from '../refusal.ts'
import { formatCursor, positionOf } from './cursor.ts'

const kept = { oldest: 101, last: 250 }
const nothingKept = { oldest: 251, last: 250 }

describe('a cursor', () => {
  it.each([
    { cursor: '250', bounds: kept, position: 250, it: 'of the last change leads to what comes' },
    { cursor: '101', bounds: kept, position: 101, it: 'of the oldest leads behind it' },
    { cursor: '100', bounds: kept, position: 100, it: 'just before the oldest misses nothing' },
    { cursor: '0', bounds: kept, position: 100, it: '"0" leads to the oldest' },
    {
      cursor: '250',
      bounds: nothingKept,
      position: 250,
      it: 'of the last is good when all are gone',
    },
    { cursor: '0', bounds: nothingKept, position: 250, it: '"0" then leads to what comes' },
    {
      cursor: '0',
      bounds: { oldest: 1, last: 0 },
      position: 0,
      it: '"0" is good before the first',
    },
  ])('$it', ({ cursor, bounds, position }) => {
    expect(positionOf(cursor, bounds)).toBe(position)
  })

  it.each(['', '-1', '+1', '1.0', '1e2', '007', ' 101', '0x65', 'cursor', '251', '9'.repeat(30)])(
    'is not %o',
    (cursor) => {
      expect(refusalOf(cursor)).toMatchObject({
        code: 'BAD_USER_INPUT',
        issues: [{ path: ['after'], message: 'must be the cursor of a change, or "0"' }],
        oldestCursor: null,
      })
    },
  )

  it('that is too old is refused with the oldest there is', () => {
    const refusal = refusalOf('99')
    expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT', oldestCursor: '100' })
    expect(refusal.issues).toEqual([
      {
        path: ['after'],
        message: 'is older than what is kept: read afresh, then go on after 100',
      },
    ])
    expect(positionOf(refusal.oldestCursor!, kept)).toBe(100)
  })

  it('is read back as it was', () => {
    expect(positionOf(formatCursor(177), kept)).toBe(177)
  })
})

function refusalOf(cursor: string): Refusal {
  try {
    positionOf(cursor, kept)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error(`${cursor} was not refused`)
}
