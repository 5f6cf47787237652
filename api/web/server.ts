import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createAttempts } from '../accounts/attempts.ts'
import type { Deps } from '../deps.ts'
import type { Budgets } from '../graphql/budget.ts'
import { createGraphql, type Yoga } from '../graphql/yoga.ts'
import { createWeb } from './routes.ts'

const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_MS = 65_000
/** Requests under way when the server closes may finish for this long. */
const CLOSE_GRACE_MS = 10_000

export type WebServer = {
  /** Where it listens, for this machine: the port may have been any free one. */
  url: string
  /** For sockets that join later: the http server to upgrade on, and the pipeline to go through. */
  server: Server
  yoga: Yoga
  close(): Promise<void>
}

export async function openServer(
  deps: Deps,
  { port, budgets }: { port: number; budgets?: Budgets },
): Promise<WebServer> {
  const yoga = createGraphql(deps, createAttempts(deps), budgets)
  const web = createWeb(deps, yoga)
  const server = createAdaptorServer({
    fetch: web.fetch,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
  }) as Server
  server.listen(port)
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return { url: `http://localhost:${actual}`, server, yoga, close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
  await closed
  clearTimeout(cut)
}
