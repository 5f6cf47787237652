import type { Duplex, Readable } from 'node:stream'
import { type Connection, type Endpoint, openConnection, type Outbound } from '../agent/outbound.ts'
import { startTrace } from '../agent/trace.ts'
import { failure } from '../core/failure.ts'

const CONNECT_LIMIT_MS = 8_000
/** All that one picture may take in, over all its connections. */
const MAX_BYTES = 64 * 1024 * 1024

/** The connections that one browser has, from it to us and from us onward. */
export type Ways = {
  /** Judged as a check's connection is. */
  open(endpoint: Endpoint): Promise<Connection>
  /** Ends the connection with all others. */
  keep(socket: Duplex): void
  /** Counts what comes in; call it once it is being read. */
  measure(stream: Readable): void
  /** Those that are being opened too; none can be opened any more. */
  endAll(): void
}

export function createWays(outbound: Outbound): Ways {
  const sockets = new Set<Duplex>()
  let leftBytes = MAX_BYTES
  let isEnded = false

  function keep(socket: Duplex): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    if (isEnded) socket.destroy()
  }

  function endAll(): void {
    isEnded = true
    for (const socket of sockets) socket.destroy()
  }

  return {
    keep,
    endAll,
    async open(endpoint) {
      const connection = await openConnection(outbound, endpoint, startTrace(CONNECT_LIMIT_MS))
      if (connection.ok) keep(connection.socket)
      return isEnded ? failure('PROBE_FAILURE', 'The picture has ended') : connection
    },
    measure(stream) {
      stream.on('data', (chunk: Buffer) => {
        leftBytes -= chunk.length
        if (leftBytes < 0) endAll()
      })
    },
  }
}
