import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createAttempts } from '../accounts/attempts.ts'
import type { Deps } from '../deps.ts'
import type { Budgets } from '../graphql/budget.ts'
import { createGate } from '../graphql/gate.ts'
import { watchAccess } from '../graphql/live/access.ts'
import type { SubscriptionHolder } from '../graphql/live/plugin.ts'
import { createMasking } from '../graphql/masking.ts'
import { createGraphql } from '../graphql/yoga.ts'
import type { ListenAt } from '../platform/free-port.ts'
import { createPlaces } from '../platform/places.ts'
import { type OpenLimits, openLimits } from './limits.ts'
import { createWeb } from './routes.ts'
import { openSockets } from './sockets/sockets.ts'
import { createStreams } from './streams.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_MS = 65_000
/** Requests under way when the server closes may finish for this long. */
const CLOSE_GRACE_MS = 10_000

export type WebServer = {
  /** Where it listens, for this machine: the port may have been any free one. */
  url: string
  close(): Promise<void>
}

type Wishes = {
  listenAt: ListenAt
  budgets?: Budgets
  deadlineMs?: number
  /** A minute, before a caller or network is refused without a look. */
  maxRefused?: number
  limits?: OpenLimits
}

/** HTTP, and WebSocket on the same port. */
export async function openServer(
  deps: Deps,
  { listenAt, limits = openLimits, maxRefused, ...wishes }: Wishes,
): Promise<WebServer> {
  await using opening = new AsyncDisposableStack()
  const masking = createMasking(deps.log)
  const access = watchAccess(deps)
  opening.defer(access.stop)
  const attempts = createAttempts(deps)
  const gate = createGate(deps, maxRefused)
  const subscriptions = createPlaces<SubscriptionHolder>(limits.subscriptions)
  const yoga = createGraphql(deps, { gate, attempts, access, masking, subscriptions, ...wishes })
  const streams = createStreams(deps.metrics, limits)
  const server = createAdaptorServer({
    fetch: createWeb(deps, { attempts, graphql: { yoga, streams } }).fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Any other protocol is a wish only: such a request is answered as if it had none.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
  }) as Server
  server.listen(listenAt)
  await once(server, 'listening')
  const sockets = openSockets(deps, { server, yoga, gate, access, masking, limits })
  const { port } = server.address() as AddressInfo
  const watching = opening.move()
  return {
    url: `http://localhost:${port}`,
    async close() {
      const closed = close(server)
      streams.cut()
      await Promise.all([closed, sockets.close()])
      await watching.disposeAsync()
    },
  }
}

/** Takes nobody in any more, and waits for requests under way. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
  await closed
  clearTimeout(cut)
}
