import { CloseCode } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { isPassing } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { Protocol, Visitor } from './protocol.ts'

const INTERNAL_ERROR = 1011

/** Hands what comes in to the protocol; what it returns is to be called once the socket is closed. */
export function listen(
  log: Log,
  protocol: Protocol,
  socket: WebSocket,
  visitor: Visitor,
): (code: number, reason: string) => Promise<void> {
  const { send, close, closeForNow } = visitor.connection

  function fail(error: unknown): void {
    // All that a client can bring about here is a message of a type that only servers send.
    if (error instanceof Error && error.message.startsWith('Unexpected message of type')) {
      return close(CloseCode.BadRequest, 'Invalid message received')
    }
    log.error({ err: error }, 'a socket broke')
    if (isPassing(error)) closeForNow()
    else close(INTERNAL_ERROR, 'Internal error')
  }

  return protocol.opened(
    {
      protocol: socket.protocol,
      send: async (text) => send(text),
      close,
      onMessage(handle) {
        socket.on('message', (message, isBinary) => {
          const isText = Buffer.isBuffer(message) && !isBinary
          if (isText) handle(message.toString()).catch(fail)
          else close(CloseCode.BadRequest, 'Invalid message received')
        })
      },
    },
    visitor,
  )
}
