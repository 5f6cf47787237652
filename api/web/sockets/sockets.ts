import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Deps } from '../../deps.ts'
import type { Gate } from '../../graphql/gate.ts'
import type { Access } from '../../graphql/live/access.ts'
import type { Masking } from '../../graphql/masking.ts'
import type { Yoga } from '../../graphql/yoga.ts'
import { createPlaces } from '../../platform/places.ts'
import { clientIpOf } from '../client-ip.ts'
import { GOODBYE_MS, type OpenLimits } from '../limits.ts'
import { startBeats } from './beats.ts'
import { createConnection } from './connection.ts'
import { newcomerFrom, type SocketHolder } from './holders.ts'
import { listen } from './messages.ts'
import { judgeOrigin } from './origin.ts'
import { createProtocol, type Visitor } from './protocol.ts'
import { judgeUpgrade, refuseUpgrade, tooManyNewcomers } from './upgrade.ts'

const GOING_AWAY = 1001
/** By default ws waits 30 s for an answer, and their place is taken meanwhile. Its types do not know of it. */
const leaving = { closeTimeout: GOODBYE_MS }

export type Sockets = {
  /** Tells everybody to go, and waits only so long for them. */
  close(): Promise<void>
}

type Parts = {
  server: Server
  yoga: Yoga
  gate: Gate
  access: Access
  masking: Masking
  limits: OpenLimits
}

/** GraphQL over WebSocket, on the http server that is there. */
export function openSockets(deps: Deps, { server, limits, ...parts }: Parts): Sockets {
  const protocol = createProtocol({ limits, ...parts })
  const accepting = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.maxMessageBytes,
    perMessageDeflate: false,
    ...leaving,
    handleProtocols,
  })
  const connections = new Set<WebSocket>()
  const places = createPlaces<SocketHolder>(limits.sockets)
  const beats = startBeats(limits.pingEveryMs)
  let isClosing = false

  function welcome(socket: WebSocket, wire: Duplex, visitor: Omit<Visitor, 'connection'>): void {
    const connection = createConnection(socket, wire, limits)
    connections.add(socket)
    const leaveBeats = beats.join(connection.beat)
    deps.metrics.sockets.inc({ transport: 'websocket' })
    const left = listen(deps.log, protocol, socket, { ...visitor, connection })
    socket.once('close', (code, reason) => {
      connections.delete(socket)
      leaveBeats()
      deps.metrics.sockets.dec({ transport: 'websocket' })
      void left(code, String(reason))
    })
  }

  server.on('upgrade', (request, duplex, head) => {
    duplex.on('error', ignore)
    if (isClosing) return duplex.destroy()
    const origin = judgeOrigin(request.headers.origin, deps.environment)
    const refusal = judgeUpgrade(request.url ?? '', origin)
    if (refusal) return refuseUpgrade(duplex, refusal)
    const clientIp = ipOf(deps, request)
    const place = places.take(newcomerFrom(clientIp))
    if (!place) return refuseUpgrade(duplex, tooManyNewcomers)
    // Closed it is at every end, also where the handshake comes to nothing.
    duplex.once('close', place.leave)
    // A cookie goes wherever a page of the same site connects to: it counts for our own pages only.
    const cookie = origin === 'ALLOWED' ? null : (request.headers.cookie ?? null)
    accepting.handleUpgrade(request, duplex, head, (socket) =>
      welcome(socket, duplex, {
        cookie,
        clientIp,
        place,
        credential: { kind: 'NONE' },
        pass: null,
      }),
    )
  })

  return {
    async close() {
      isClosing = true
      beats.stop()
      const open = [...connections]
      const gone = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      for (const socket of open) socket.close(GOING_AWAY, 'Going away')
      const cut = setTimeout(() => open.forEach((socket) => socket.terminate()), GOODBYE_MS)
      await Promise.all(gone)
      clearTimeout(cut)
    },
  }
}

/** Outside of what knows the request, which would be kept for as long as the socket. */
function ignore(): void {}

function ipOf({ environment }: Deps, { socket, headers }: IncomingMessage): string | null {
  const forwardedFor = headers['x-forwarded-for']
  const hops = Array.isArray(forwardedFor) ? forwardedFor.join(',') : (forwardedFor ?? null)
  return clientIpOf(socket.remoteAddress, hops, environment.trustedProxies)
}
