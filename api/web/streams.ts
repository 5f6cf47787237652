import type { HttpBindings } from '@hono/node-server'
import type { Metrics } from '../platform/metrics.ts'
import type { SocketLimits } from './sockets/limits.ts'

/** Answers that go on: server-sent events. */
export type Streams = {
  /** Counts it until it ends, and ends it where it is stuck. */
  keep(bindings: HttpBindings): void
  /** Cuts them off in the middle, so that no client takes it for the end and all come back. */
  cut(): void
}

export function createStreams(
  { sockets }: Pick<Metrics, 'sockets'>,
  { stalledMs }: Pick<SocketLimits, 'stalledMs'>,
): Streams {
  const open = new Set<HttpBindings>()
  return {
    keep(bindings) {
      const { outgoing, incoming } = bindings
      const { socket } = incoming
      const drop = () => socket.destroy()
      open.add(bindings)
      sockets.inc({ transport: 'sse' })
      socket.setTimeout(stalledMs, drop)
      outgoing.once('close', () => {
        open.delete(bindings)
        sockets.dec({ transport: 'sse' })
        socket.off('timeout', drop)
      })
    },
    cut() {
      for (const { incoming } of open) incoming.socket.destroy()
    },
  }
}
