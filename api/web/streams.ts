import type { HttpBindings } from '@hono/node-server'
import type { Metrics } from '../platform/metrics.ts'
import type { OpenLimits } from './limits.ts'

/** Answers that go on: server-sent events. */
export type Streams = {
  /** Counts it until it ends, and ends it where it is stuck. */
  keep(bindings: HttpBindings): void
  /** Cuts them off in the middle, and all that still begin: no client takes it for the end, and all come back. */
  cut(): void
}

export function createStreams(
  { sockets }: Pick<Metrics, 'sockets'>,
  { stalledMs }: Pick<OpenLimits, 'stalledMs'>,
): Streams {
  const open = new Set<HttpBindings>()
  let isCut = false
  return {
    keep(bindings) {
      const { outgoing, incoming } = bindings
      if (outgoing.destroyed) return
      const { socket } = incoming
      const drop = () => socket.destroy()
      if (isCut) return void drop()
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
      isCut = true
      for (const { incoming } of open) incoming.socket.destroy()
    },
  }
}
