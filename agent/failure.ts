import type { ErrorKind } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'

const MAX_REASON_LENGTH = 200

/** Reads the error of a socket, of a TLS handshake or of the HTTP parser; `peer` is host and port. */
export function socketFailure(error: Error, peer: string, isHandshake = false): Failure {
  const code = codeOf(error)
  if (OWN_TROUBLE.has(code)) {
    return failure('PROBE_FAILURE', `The probe itself could not connect to ${peer} (${code})`)
  }
  if (isHandshake) {
    return failure('TLS_FAILURE', `The TLS handshake with ${peer} failed: ${plain(error)}`)
  }
  const known = KNOWN[code]
  if (known) return failure(known.errorKind, known.sentence.replace('{peer}', peer))
  if (code.startsWith('HPE_')) {
    return failure('INVALID_RESPONSE', `${peer} did not answer in HTTP: ${plain(error)}`)
  }
  return failure('CONNECTION_FAILED', `The connection to ${peer} failed: ${code || plain(error)}`)
}

/** Several addresses were tried (RFC 8305): an unreachable family is our own lack, another's answer tells more. */
export function codeOf(error: Error): string {
  if (error instanceof AggregateError) {
    const codes = error.errors.map((one) => codeOf(one))
    return codes.find((code) => !OWN_TROUBLE.has(code)) ?? codes[0] ?? ''
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Descriptors, ports, memory, routes and permissions of this machine. */
const OWN_TROUBLE = new Set([
  'EACCES',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EPERM',
])

const KNOWN: Record<string, { errorKind: ErrorKind; sentence: string }> = {
  ECONNREFUSED: { errorKind: 'CONNECTION_REFUSED', sentence: '{peer} refused the connection' },
  ECONNRESET: {
    errorKind: 'CONNECTION_RESET',
    sentence: '{peer} closed the connection without a full answer',
  },
  EPIPE: {
    errorKind: 'CONNECTION_RESET',
    sentence: '{peer} closed the connection without a full answer',
  },
  ECONNABORTED: { errorKind: 'CONNECTION_RESET', sentence: 'The connection to {peer} was aborted' },
  ETIMEDOUT: { errorKind: 'TIMEOUT', sentence: '{peer} did not accept a connection in time' },
  EHOSTUNREACH: { errorKind: 'CONNECTION_FAILED', sentence: 'There is no route to {peer}' },
  HPE_HEADER_OVERFLOW: {
    errorKind: 'INVALID_RESPONSE',
    sentence: '{peer} sent more than 16 KB of headers',
  },
}

/** OpenSSL's message carries thread, code and source line; its reason alone is for people. */
function plain(error: Error): string {
  const reason =
    'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
  return reason.slice(0, MAX_REASON_LENGTH)
}
