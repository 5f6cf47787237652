import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How long the slow target takes to answer; its monitor calls more than 300 ms slow. */
const SLOW_ANSWER_MS = 600
/** The flapping target is up for this long, then down for as long. */
const FLAP_EVERY_MS = 45_000

export type Target = { name: string; url: string; close(): void }

/** Three local servers to watch: one steady, one slow, one that goes up and down. */
export async function startTargets(): Promise<Target[]> {
  const bornAt = Date.now()
  const isDown = () => Math.floor((Date.now() - bornAt) / FLAP_EVERY_MS) % 2 === 1
  return [
    await startTarget('Steady', (response) => answer(response, 200, 'steady')),
    await startTarget('Slow', (response) => {
      setTimeout(() => answer(response, 200, 'slow'), SLOW_ANSWER_MS)
    }),
    await startTarget('Flapping', (response) =>
      isDown()
        ? answer(response, 503, 'down for a while')
        : answer(response, 200, 'up for a while'),
    ),
  ]
}

async function startTarget(
  name: string,
  respond: (response: ServerResponse) => void,
): Promise<Target> {
  const server = createServer((_request, response) => respond(response))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(0, '127.0.0.1', resolve)
  await promise
  return { name, url: `http://127.0.0.1:${portOf(server)}/`, close: () => stop(server) }
}

function answer(response: ServerResponse, status: number, state: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ state }))
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}
