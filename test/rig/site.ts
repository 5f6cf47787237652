import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { pickPort } from './ports.ts'

/** A request that was answered; `zone` says from which Worker it came, null for an agent's. */
export type Call = { zone: string | null; status: number }

/** A target of one page that knows who asked, and may refuse some. */
export type Site = AsyncDisposable & {
  url: string
  calls: Call[]
  /** The status it answers with from now on; null: it is gone, and its port refuses connections. */
  become(status: number | null): Promise<void>
  /** From now on hangs up on whoever comes from this Worker, as a firewall would. */
  turnAway(zone: string): void
}

export async function startSite(): Promise<Site> {
  const port = await pickPort()
  const calls: Call[] = []
  const turnedAway = new Set<string | null>()
  let answered = 200
  const server = createServer((request, response) => {
    const zone = zoneOf(request)
    if (turnedAway.has(zone)) return void request.socket.resetAndDestroy()
    calls.push({ zone, status: answered })
    response.writeHead(answered).end()
  })
  const open = async () => {
    if (!server.listening) await once(server.listen(port, '127.0.0.1'), 'listening')
  }
  const shut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await open()
  return {
    url: `http://127.0.0.1:${port}/`,
    calls,
    async become(status) {
      answered = status ?? answered
      await (status === null ? shut() : open())
    },
    turnAway: (zone) => void turnedAway.add(zone),
    [Symbol.asyncDispose]: shut,
  }
}

/** Cloudflare adds it to whatever a Worker fetches. */
function zoneOf({ headers }: IncomingMessage): string | null {
  return headers['cf-worker']?.toString() ?? null
}
