import type { Connection } from './board.ts'
import { type Change, CHANGES, dataOf, Refused, type Result, START, type Start } from './pharos.ts'
import type { Socket } from './socket.ts'

/** Everything by the socket, queries too: it asks again until it is answered. */
export function overSocket(socket: Socket): Connection {
  return {
    async read(signal) {
      let answer: Result<Start> = {}
      await listen<Start>(socket, { query: START }, (result) => void (answer = result), signal)
      return dataOf(answer)
    },
    follow: (after, tell, signal) =>
      listen<{ changes: Change }>(
        socket,
        { query: CHANGES, variables: { after } },
        (result) => tell(dataOf(result).changes),
        signal,
      ),
  }
}

/** Until it is complete, refused or no longer wanted. */
function listen<Data>(
  socket: Socket,
  request: { query: string; variables?: Record<string, unknown> },
  hear: (result: Result<Data>) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = socket.subscribe<Data>(request, {
      next(result) {
        try {
          hear(result as Result<Data>)
        } catch (error) {
          reject(error)
        }
      },
      error: (trouble) => reject(Array.isArray(trouble) ? new Refused(trouble) : trouble),
      complete: resolve,
    })
    signal.addEventListener('abort', stop)
  })
}
