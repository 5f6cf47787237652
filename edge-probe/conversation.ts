import type { TcpExpectations } from '../core/check.ts'
import type { Failure } from '../core/failure.ts'
import { answeredLate, answerFailure, createTcpAnswer, type TcpAnswer } from '../core/tcp-answer.ts'
import { untilDeadline } from './deadline.ts'
import { socketFailure } from './failure.ts'
import { endPhase, type Trace } from './trace.ts'

/**
 * A search goes through all that has come, which a peer that drips could make quadratic, and how long
 * one takes cannot be seen here: so there is one when a quarter more has come, or for a moment no more.
 */
const GROWTH_PER_SEARCH = 1.25
const MOMENT_MS = 50

/** Sends, and waits for an answer that matches; in any case the socket is gone afterwards. */
export async function converse(
  socket: Socket,
  { send, expect }: Pick<TcpExpectations, 'send' | 'expect'>,
  peer: string,
  trace: Trace,
): Promise<Failure | null> {
  const answer = expect === null ? null : createTcpAnswer(expect)
  try {
    if (send !== null) await write(socket, new TextEncoder().encode(send), trace.deadline)
    if (!answer) return null
    trace.contentOk = await comes(socket, answer, trace)
    return trace.contentOk ? null : answerFailure(answer, peer, false)
  } catch (error) {
    if (!trace.deadline.aborted) return socketFailure(error, peer)
    if (!answer) return answeredLate(peer)
    trace.contentOk = false
    return answerFailure(answer, peer, true)
  } finally {
    leave(socket)
  }
}

export async function write(
  { writable }: Socket,
  bytes: Uint8Array,
  deadline: AbortSignal,
): Promise<void> {
  const writer = (writable as WritableStream<Uint8Array>).getWriter()
  await untilDeadline(writer.write(bytes), deadline)
  writer.releaseLock()
}

/** What comes until the peer ends or time does. */
export async function* piecesOf(
  { readable }: Socket,
  deadline: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = (readable as ReadableStream<Uint8Array>).getReader()
  for (;;) {
    const { done, value } = await untilDeadline(reader.read(), deadline)
    if (done) return
    yield value
  }
}

/** Does not wait: a peer that reads nothing would keep us. */
export function leave(socket: Socket): void {
  socket.close().catch(() => {})
}

/** Reads until the answer matches, ends or is too long. */
async function comes(socket: Socket, answer: TcpAnswer, trace: Trace): Promise<boolean> {
  let searchedCount = 0
  let from = performance.now()
  const search = () => {
    if (answer.byteCount() === searchedCount) return false
    searchedCount = answer.byteCount()
    return answer.matches()
  }
  for await (const piece of withPauses(piecesOf(socket, trace.deadline))) {
    if (piece !== null) {
      from = endPhase(trace, answer.byteCount() === 0 ? 'processingMs' : 'transferMs', from)
      answer.add(piece)
      const isWorthIt = answer.byteCount() >= searchedCount * GROWTH_PER_SEARCH
      if (!isWorthIt && !answer.isFull()) continue
    }
    if (search()) return true
    if (answer.isFull()) return false
  }
  return search()
}

/** The pieces, and null where for a moment no more comes. */
async function* withPauses(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array | null> {
  for (;;) {
    const next = pieces.next()
    if ((await orAMoment(next)) === null) yield null
    const { done, value } = await next
    if (done) return
    yield value
  }
}

async function orAMoment<T>(promise: Promise<T>): Promise<T | null> {
  const { promise: moment, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(resolve, MOMENT_MS, null)
  return Promise.race([promise, moment]).finally(() => clearTimeout(timer))
}
