import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pickPort } from './ports.ts'

/** What the target does with a request: its truth at that instant. */
export type Mood = 'up' | 'down' | 'slow' | 'hang'

/** One request as the target saw it; `path` tells for which monitor. */
export type Visit = { path: string; at: number; mood: Mood }

export type Target = {
  /** The address of one monitor's own page. */
  urlOf(name: string): string
  visits: Visit[]
  /** How many connections are open now. */
  connections(): number
  become(mood: Mood): void
  /** Stops listening, as a server does that is shut down; `reopen` listens on the same port again. */
  shut(): Promise<void>
  reopen(): Promise<void>
  close(): Promise<void>
}

const SLOW_ANSWER_MS = 400
const BACKLOG = 4_096

/** A local HTTP server whose truth is known: it does as it is told and remembers who asked when. */
export async function startTarget(): Promise<Target> {
  const visits: Visit[] = []
  const sockets = new Set<Socket>()
  let mood: Mood = 'up'
  const server = createServer((request, response) => {
    visits.push({ path: request.url ?? '', at: Date.now(), mood })
    answer[mood](response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).on('error', () => {})
  })
  const port = await pickPort()
  await listen(server, port)
  const shut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${name}`,
    visits,
    connections: () => sockets.size,
    become(next) {
      mood = next
    },
    shut,
    reopen: () => listen(server, port),
    close: shut,
  }
}

const answer = {
  up: (response) => response.end('up'),
  down: (response) => response.writeHead(503).end('down'),
  slow: (response) => setTimeout(() => response.end('slow'), SLOW_ANSWER_MS),
  hang: () => {},
} satisfies Record<Mood, (response: ServerResponse) => unknown>

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, 'listening')
  server.listen({ port, host: '127.0.0.1', backlog: BACKLOG })
  await listening
}
