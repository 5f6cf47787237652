import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'

/** A server under test control that knows which of its connections are still open. */
export type TestTarget = AsyncDisposable & {
  port: number
  url: string
  /** Connections accepted so far. */
  accepted(): number
  /** Resolves when the last open connection is gone. */
  quiet(): Promise<void>
}

export type Place = { host?: string; port?: number; scheme?: 'http' | 'https' }

/** A target that speaks raw TCP: `talk` is called with each connection. */
export function startTcpTarget(talk: (socket: net.Socket) => void, place?: Place) {
  return start(
    net.createServer((socket) => talk(socket.on('error', ignore))),
    place,
  )
}

export function startHttpTarget(answer: http.RequestListener, place?: Place) {
  return start(http.createServer(answer), place)
}

/** Any server of Node's: http, https and tls ones are net.Servers too. */
export async function start(server: net.Server, place: Place = {}): Promise<TestTarget> {
  const { host = '127.0.0.1', port = 0, scheme = 'http' } = place
  const open = new Set<net.Socket>()
  let accepted = 0
  server.on('connection', (socket) => {
    accepted++
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  server.listen({ host, port })
  await once(server, 'listening')
  const bound = (server.address() as AddressInfo).port
  return {
    port: bound,
    url: `${scheme}://${net.isIPv6(host) ? `[${host}]` : host}:${bound}`,
    accepted: () => accepted,
    async quiet() {
      await Promise.all(Array.from(open, closing))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A socket that is not read never sees its end; events.once would reject on a reset. */
function closing(socket: net.Socket): Promise<unknown> {
  return new Promise((closed) => socket.on('close', closed).resume())
}

function ignore(): void {}
