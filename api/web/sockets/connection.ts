import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { OpenLimits } from '../limits.ts'

const TRY_AGAIN_LATER = 1013
/** A close frame has 123 bytes for it, and no character takes more than three; some reasons name what a client sent. */
const MAX_REASON_LENGTH = 41

/** One socket, and what is written to it. */
export type Connection = {
  /** In order. A promise where the reader has not taken what went before: the next one should wait for it. */
  send(text: string): Promise<void> | undefined
  /** The same for a frame that was put together before. */
  sendFrame(frame: Buffer): Promise<void> | undefined
  close(code: number, reason: string): void
  /** So that its client comes back by itself, which it does after no error of ours. */
  closeForNow(): void
  /** Asks whether somebody is still there, and ends it where nobody has answered since the last time. */
  beat(): void
}

/** `wire` is what lies under the socket, at which frames of our own go out between its own. */
export function createConnection(
  socket: WebSocket,
  wire: Duplex,
  { maxUnsentBytes }: Pick<OpenLimits, 'maxUnsentBytes'>,
): Connection {
  let hasAnswered = true
  socket.on('pong', () => {
    hasAnswered = true
  })
  // What broke it also closes it, and that is heard of.
  socket.on('error', () => {})

  /** Null where nothing goes out any more: nobody reads it, and a farewell would only stand in the same queue. */
  function unsentBytes(): number | null {
    // Without compression nothing waits anywhere else.
    const { writableLength } = wire
    if (writableLength > maxUnsentBytes) socket.terminate()
    return socket.readyState === socket.OPEN ? writableLength : null
  }

  return {
    send(text) {
      const unsent = unsentBytes()
      if (unsent === null) return undefined
      if (unsent > 0) return new Promise((resolve) => socket.send(text, () => resolve()))
      socket.send(text)
      return undefined
    },
    sendFrame(frame) {
      const unsent = unsentBytes()
      if (unsent === null) return undefined
      if (unsent > 0) return new Promise((resolve) => wire.write(frame, () => resolve()))
      wire.write(frame)
      return undefined
    },
    close: (code, reason) => socket.close(code, reason.slice(0, MAX_REASON_LENGTH)),
    closeForNow: () => socket.close(TRY_AGAIN_LATER, 'Try again later'),
    beat() {
      if (!hasAnswered) return socket.terminate()
      hasAnswered = false
      if (unsentBytes() !== null) socket.ping()
    },
  }
}
