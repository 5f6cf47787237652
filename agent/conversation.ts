import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { TcpExpectations } from '../core/check.ts'
import type { Failure } from '../core/failure.ts'
import { answeredLate, answerFailure, createTcpAnswer, type TcpAnswer } from '../core/tcp-answer.ts'
import { socketFailure } from './failure.ts'
import { allowedMs, endPhase, type Trace } from './trace.ts'

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
  const answer = expect === null ? null : createTcpAnswer(expect)
  let isLate = false
  const end = () => {
    isLate = true
    socket.destroy()
  }
  const timer = setTimeout(end, allowedMs(trace))
  try {
    if (send !== null) await write(socket, send)
    if (!answer) return null
    trace.contentOk = await comes(answer, socket, trace)
    return trace.contentOk ? null : answerFailure(answer, peer, isLate)
  } catch (error) {
    if (isLate) return answer ? answerFailure(answer, peer, isLate) : answeredLate(peer)
    return socketFailure(socket.errored ?? (error as Error), peer)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

/** Reads until the answer matches, ends or is too long. */
async function comes(
  answer: TcpAnswer,
  pieces: AsyncIterable<Buffer>,
  trace: Trace,
): Promise<boolean> {
  let from = performance.now()
  for await (const piece of pieces) {
    from = endPhase(trace, answer.byteCount() === 0 ? 'processingMs' : 'transferMs', from)
    answer.add(piece)
    const isMatch = answer.matches()
    const searchedAt = endPhase(trace, 'transferMs', from)
    if (isMatch || answer.isFull()) return isMatch
    await rest((searchedAt - from) * REST_PER_SEARCH, trace)
    from = searchedAt
  }
  return false
}

async function rest(durationMs: number, trace: Trace): Promise<void> {
  if (durationMs >= MIN_REST_MS) await pause(Math.min(durationMs, allowedMs(trace)))
}
