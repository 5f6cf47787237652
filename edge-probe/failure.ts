import { type Failure, failure } from '../core/failure.ts'

/** Reads what fetch threw; `peer` is the host for sentences. */
export function fetchFailure(error: unknown, peer: string): Failure {
  const isLate = error instanceof Error && error.name === 'TimeoutError'
  if (isLate) return failure('TIMEOUT', `${peer} did not answer in time`)
  return connectionFailure(reasonOf(error), peer)
}

/** Reads why a socket broke or never opened: which of the two, and why, the platform keeps to itself. */
export function socketFailure(error: unknown, peer: string): Failure {
  return connectionFailure(reasonOf(error), peer)
}

function connectionFailure(message: string, peer: string): Failure {
  if (BROKEN.test(message)) {
    return failure('CONNECTION_FAILED', `The connection to ${peer} failed or was broken off`)
  }
  // The platform's own reference numbers are of no use to anybody else.
  const reason = message.replace(/; reference = \w+/, '')
  return failure('PROBE_FAILURE', `The platform failed to connect to ${peer}: ${reason}`)
}

const BROKEN = /^(Network connection lost|proxy request failed|Stream was cancelled)/

/** What was thrown, in words that a sentence can go on after. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\.$/, '')
}
