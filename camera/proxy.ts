import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Outbound } from '../agent/outbound.ts'
import type { Failure } from '../core/failure.ts'
import { parseEndpoint, parseTarget } from '../core/target.ts'
import { passedOn } from './proxy-headers.ts'
import type { ProxyAddress } from './shot.ts'
import { createWays, type Ways } from './ways.ts'

const MAX_CONNECTIONS = 128
const HTTP_PORT = 80
const ASKS_FOR_CREDENTIALS = { 'proxy-authenticate': 'Basic realm="Pharos"' }

/** Disposing of it ends every connection that goes through it. */
export type Proxy = AsyncDisposable & ProxyAddress

/** A proxy on loopback that leads only to where a check may go, and never to itself. */
export async function openProxy(outbound: Outbound): Promise<Proxy> {
  const username = 'pharos'
  const password = randomBytes(24).toString('base64url')
  const ways = createWays(outbound)
  const server = createServer(ways, createDoor(`Basic ${btoa(`${username}:${password}`)}`))
  server.listen({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return {
    port: portOf(server),
    username,
    password,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      ways.endAll()
      await closed
    },
  }
}

function createServer(ways: Ways, isOurs: Door): http.Server {
  const server = http.createServer()
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', ways.keep)
  server.on('connect', (request: http.IncomingMessage, client: Duplex) => {
    if (!isOurs(request)) client.end(head(407, ASKS_FOR_CREDENTIALS))
    else tunnel(server, ways, request, client).catch(() => client.destroy())
  })
  server.on('request', (request, response) => {
    if (!isOurs(request)) response.writeHead(407, ASKS_FOR_CREDENTIALS).end()
    else forward(server, ways, request, response).catch(() => response.destroy())
  })
  return server
}

type Door = (request: http.IncomingMessage) => boolean

function createDoor(expected: string): Door {
  const wanted = Buffer.from(expected)
  return ({ headers }) => {
    const given = Buffer.from(headers['proxy-authorization'] ?? '')
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  }
}

/** CONNECT: for https and for every WebSocket. */
async function tunnel(
  server: http.Server,
  ways: Ways,
  request: http.IncomingMessage,
  client: Duplex,
): Promise<void> {
  const endpoint = parseEndpoint(request.url ?? '')
  if (!endpoint.ok || endpoint.port === portOf(server)) {
    client.end(head(403))
    return
  }
  const connection = await ways.open(endpoint)
  if (!connection.ok) {
    client.end(head(statusOf(connection)))
    return
  }
  const { socket } = connection
  client.write(head(200))
  client.pipe(socket).pipe(client)
  ways.measure(socket)
  client.on('close', () => socket.destroy())
  socket.on('close', () => client.destroy())
}

/**
 * A request for an address in full (RFC 9112 §3.2.2), which is http: one connection each, like a check. What is
 * refused gets no answer, because a browser would show ours as the site's.
 */
async function forward(
  server: http.Server,
  ways: Ways,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const target = parseTarget(request.url ?? '')
  const port = target.ok ? Number(target.url.port) || HTTP_PORT : 0
  if (!target.ok || target.url.protocol !== 'http:' || port === portOf(server)) {
    response.destroy()
    return
  }
  const connection = await ways.open({ host: target.url.hostname, port })
  if (!connection.ok) {
    response.destroy()
    return
  }
  const { socket } = connection
  const onward = http.request({
    createConnection: () => socket,
    method: request.method,
    path: target.url.pathname + target.url.search,
    headers: [...passedOn(request.rawHeaders), 'Connection', 'close'],
  })
  onward.on('socket', ways.measure).on('error', () => response.destroy())
  onward.on('response', (answer) => passBack(answer, response))
  response.on('close', () => socket.destroy())
  request.pipe(onward)
}

function passBack(answer: http.IncomingMessage, response: http.ServerResponse): void {
  answer.on('error', () => response.destroy())
  try {
    response.writeHead(answer.statusCode ?? 0, passedOn(answer.rawHeaders))
    answer.pipe(response)
  } catch {
    // What the parser lets through may be nothing to write: a status of 099.
    response.destroy()
  }
}

function statusOf({ errorKind }: Failure): number {
  return errorKind === 'BLOCKED_TARGET' ? 403 : 502
}

function head(status: number, headers: Record<string, string> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join('')}\r\n`
}

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port
}
