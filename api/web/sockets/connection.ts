import type { WebSocket } from 'ws'
import type { SocketLimits } from './limits.ts'

/** One socket, and what is written to it. */
export type Connection = {
  /** In order. A promise where the reader has not taken what went before: the next one should wait for it. */
  send(text: string): Promise<void> | undefined
  close(code: number, reason: string): void
  /** Asks whether somebody is still there, and ends it where nobody has answered since the last time. */
  beat(): void
}

export function createConnection(socket: WebSocket, { maxUnsentBytes }: SocketLimits): Connection {
  let hasAnswered = true
  socket.on('pong', () => {
    hasAnswered = true
  })
  // What broke it also closes it, and that is heard of.
  socket.on('error', () => {})

  /** Nobody reads it: a farewell would only stand in the same queue. */
  function isStuck(): boolean {
    if (socket.bufferedAmount <= maxUnsentBytes) return false
    socket.terminate()
    return true
  }

  return {
    send(text) {
      if (socket.readyState !== socket.OPEN || isStuck()) return undefined
      if (socket.bufferedAmount === 0) {
        socket.send(text)
        return undefined
      }
      return new Promise((resolve) => socket.send(text, () => resolve()))
    },
    close: (code, reason) => socket.close(code, reason),
    beat() {
      if (!hasAnswered) return socket.terminate()
      hasAnswered = false
      if (!isStuck()) socket.ping()
    },
  }
}
