import pg from 'pg'
import { expect, test } from 'vitest'
import { isPassing } from './database.ts'

test.each([
  ['the server shuts down', refused('57P01'), true],
  ['there are too many connections', refused('53300'), true],
  ['a deadlock', refused('40P01'), true],
  ['a value breaks a rule of the table', refused('23514'), false],
  ['text that is not JSON', refused('22P02'), false],
  ['nobody listens', of('connect failed', 'ECONNREFUSED'), true],
  ['the other end is gone', of('write failed', 'EPIPE'), true],
  ['the connection broke', new Error('Connection terminated unexpectedly'), true],
  ['Prisma cannot reach the server', of("Can't reach database server", 'P1001'), true],
  ['Prisma finds a row twice', of('Unique constraint failed', 'P2002'), false],
  ['a mistake of ours that Node names', of('Invalid argument', 'ERR_INVALID_ARG_TYPE'), false],
  ['a mistake of ours', new TypeError('undefined is not an object'), false],
  ['something thrown that is no error', 'connection', false],
])('%s: whether the same may succeed later', (_, error, passes) => {
  expect(isPassing(error)).toBe(passes)
})

function refused(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code })
}

function of(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
