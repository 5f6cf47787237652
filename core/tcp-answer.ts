import { type Failure, failure } from './failure.ts'
import { compilePattern } from './pattern.ts'

const MAX_ANSWER_BYTES = 65_536

/** What has come so far of an answer that is to match a pattern within its first 64 KB. */
export type TcpAnswer = {
  expect: string
  byteCount(): number
  add(piece: Uint8Array): void
  /** Searches all that has come: to be asked with care, for a peer may drip. */
  matches(): boolean
  isFull(): boolean
}

export function createTcpAnswer(expect: string): TcpAnswer {
  const pattern = compilePattern(expect)
  const decoder = new TextDecoder()
  let byteCount = 0
  let text = ''
  return {
    expect,
    byteCount: () => byteCount,
    add(piece) {
      const kept = piece.subarray(0, MAX_ANSWER_BYTES - byteCount)
      byteCount += kept.length
      text += decoder.decode(kept, { stream: true })
    },
    matches: () => pattern.ok && pattern.test(text),
    isFull: () => byteCount === MAX_ANSWER_BYTES,
  }
}

/** Why an answer that does not match is not the one expected; `isLate` when time ended before it did. */
export function answerFailure(answer: TcpAnswer, peer: string, isLate: boolean): Failure {
  const byteCount = answer.byteCount()
  if (byteCount === 0) return isLate ? answeredLate(peer) : closedEarly(peer)
  const came = answer.isFull() ? '64 KB or more' : `${byteCount} bytes`
  const inTime = isLate ? ' in time' : ''
  // The answer itself is not quoted: it may hold what only its owner should read.
  return failure(
    'UNEXPECTED_RESPONSE',
    `${peer} answered ${came}${inTime}, which do not match ${JSON.stringify(answer.expect)}`,
  )
}

export function answeredLate(peer: string): Failure {
  return failure('TIMEOUT', `${peer} did not answer in time`)
}

function closedEarly(peer: string): Failure {
  return failure('CONNECTION_RESET', `${peer} closed the connection without an answer`)
}
