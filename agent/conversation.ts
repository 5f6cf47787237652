import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { TcpExpectations } from '../core/check.ts'
import { compilePattern } from '../core/pattern.ts'
import { type Failure, failure, socketFailure } from './failure.ts'
import { allowedMs, endPhase, type Trace } from './trace.ts'

const MAX_ANSWER_BYTES = 65_536
/**
 * Each piece of an answer is searched with all before it, which a peer that drips could make
 * quadratic: after a search, reading rests this many times as long.
 */
const REST_PER_SEARCH = 20
const MIN_REST_MS = 1

/** Sends, and waits for an answer that matches; in any case the socket is gone afterwards. */
export async function converse(
  socket: Socket,
  { send, expect }: Pick<TcpExpectations, 'send' | 'expect'>,
  peer: string,
  trace: Trace,
): Promise<Failure | null> {
  const answer: Answer = { byteCount: 0, isLate: false }
  const end = () => {
    answer.isLate = true
    socket.destroy()
  }
  const timer = setTimeout(end, allowedMs(trace))
  try {
    if (send !== null) await write(socket, send)
    if (expect === null) return null
    trace.contentOk = await hasMatch(socket, expect, answer, trace)
    return trace.contentOk ? null : mismatch(answer, expect, peer)
  } catch (error) {
    if (answer.isLate) return expect === null ? late(peer) : mismatch(answer, expect, peer)
    return socketFailure(socket.errored ?? (error as Error), peer)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

type Answer = { byteCount: number; isLate: boolean }

function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

/** Reads until the pattern matches, the answer ends or 64 KB have come. */
async function hasMatch(
  socket: Socket,
  expect: string,
  answer: Answer,
  trace: Trace,
): Promise<boolean> {
  const pattern = compilePattern(expect)
  const decoder = new TextDecoder()
  let text = ''
  let from = performance.now()
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    if (answer.byteCount === 0) from = endPhase(trace, 'processingMs', from)
    const piece = chunk.subarray(0, MAX_ANSWER_BYTES - answer.byteCount)
    answer.byteCount += piece.length
    text += decoder.decode(piece, { stream: true })
    from = endPhase(trace, 'transferMs', from)
    if (pattern.ok && pattern.test(text)) return true
    if (answer.byteCount === MAX_ANSWER_BYTES) return false
    await rest((performance.now() - from) * REST_PER_SEARCH, trace)
  }
  return false
}

async function rest(durationMs: number, trace: Trace): Promise<void> {
  if (durationMs >= MIN_REST_MS) await pause(Math.min(durationMs, allowedMs(trace)))
}

/** The answer itself is not quoted: it may hold what only its owner should read. */
function mismatch({ byteCount, isLate }: Answer, expect: string, peer: string): Failure {
  if (byteCount === 0 && isLate) return late(peer)
  if (byteCount === 0) {
    return failure('CONNECTION_RESET', `${peer} closed the connection without an answer`)
  }
  const ending = isLate ? 'and then nothing more in time' : 'in all'
  const came = byteCount === MAX_ANSWER_BYTES ? '64 KB or more' : `${byteCount} bytes ${ending}`
  return failure(
    'UNEXPECTED_RESPONSE',
    `${peer} answered ${came}, which do not match ${JSON.stringify(expect)}`,
  )
}

function late(peer: string): Failure {
  return failure('TIMEOUT', `${peer} did not answer in time`)
}
