import { describe, expect, test } from 'vitest'
import type { ErrorKind } from '../core/check.ts'
import { outcomeOf } from '../core/failure.ts'
import { socketFailure } from './failure.ts'

const PEER = 'shop.example:443'

describe('what a socket suffers', () => {
  test.each<[string, ErrorKind, string]>([
    ['ECONNREFUSED', 'CONNECTION_REFUSED', `${PEER} refused the connection`],
    ['ECONNRESET', 'CONNECTION_RESET', `${PEER} closed the connection without a full answer`],
    ['EPIPE', 'CONNECTION_RESET', `${PEER} closed the connection without a full answer`],
    ['ETIMEDOUT', 'TIMEOUT', `${PEER} did not accept a connection in time`],
    ['EHOSTUNREACH', 'CONNECTION_FAILED', `There is no route to ${PEER}`],
    ['EWHATEVER', 'CONNECTION_FAILED', `The connection to ${PEER} failed: EWHATEVER`],
    ['HPE_INVALID_CONSTANT', 'INVALID_RESPONSE', `${PEER} did not answer in HTTP: why`],
    ['HPE_HEADER_OVERFLOW', 'INVALID_RESPONSE', `${PEER} sent more than 16 KB of headers`],
  ])('as %s is the target failing', (code, errorKind, message) => {
    expect(socketFailure(errorOf(code), PEER)).toEqual({ ok: false, errorKind, message })
    expect(outcomeOf(errorKind)).toBe('DOWN')
  })

  test.each([
    'EACCES',
    'EADDRNOTAVAIL',
    'EMFILE',
    'ENETDOWN',
    'ENETUNREACH',
    'ENFILE',
    'ENOBUFS',
    'ENOMEM',
    'EPERM',
  ])('as %s is the probe failing', (code) => {
    const failure = socketFailure(errorOf(code), PEER)
    expect(failure.errorKind).toBe('PROBE_FAILURE')
    expect(outcomeOf(failure.errorKind)).toBe('UNKNOWN')
  })

  test('in a handshake is about TLS', () => {
    expect(socketFailure(errorOf('ECONNRESET'), PEER, true)).toMatchObject({
      errorKind: 'TLS_FAILURE',
      message: `The TLS handshake with ${PEER} failed: why`,
    })
  })
})

describe('of several addresses', () => {
  test.each<[string[], ErrorKind]>([
    [['ENETUNREACH', 'ECONNREFUSED'], 'CONNECTION_REFUSED'],
    [['ECONNREFUSED', 'ENETUNREACH'], 'CONNECTION_REFUSED'],
    [['ENETUNREACH', 'ENETUNREACH'], 'PROBE_FAILURE'],
    [['ETIMEDOUT', 'ENETUNREACH'], 'TIMEOUT'],
  ])('%j is %s', (codes, errorKind) => {
    const error = new AggregateError(codes.map(errorOf))
    expect(socketFailure(error, PEER).errorKind).toBe(errorKind)
  })
})

function errorOf(code: string): Error {
  return Object.assign(new Error('why'), { code })
}
