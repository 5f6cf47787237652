import { once } from 'node:events'
import net from 'node:net'

/** A target that means harm, or is merely broken: what it does with each connection. */
export type Hostility = (socket: net.Socket) => void

export type HostileTarget = { port: number; connections(): number; close(): Promise<void> }

const DRIP_EVERY_MS = 50
const FLOOD = Buffer.alloc(65_536, 'x')

export async function startHostileTarget(treat: Hostility): Promise<HostileTarget> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).on('error', () => {})
    treat(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    connections: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Takes everything and says nothing; to a TLS client, a handshake that stalls. */
export function neverAnswer(socket: net.Socket): void {
  socket.resume()
}

/** A header line that goes on a byte at a time. */
export function dripHeaders(socket: net.Socket): void {
  drip(socket, 'HTTP/1.1 200 OK\r\nx-drip: ')
}

/** Healthy headers, then a body a byte at a time. */
export function dripBody(socket: net.Socket): void {
  drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
}

/** A body as fast as it is read, without end. */
export function endlessBody(socket: net.Socket): void {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    flood(socket)
  })
}

/** Headers as fast as they are read, without end. */
export function endlessHeaders(socket: net.Socket): void {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nx-flood: ')
    flood(socket)
  })
}

/** Always to itself. */
export function redirectForever(socket: net.Socket): void {
  socket.once('data', () =>
    socket.end('HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n'),
  )
}

/** Hangs up with RST once it has been asked. */
export function reset(socket: net.Socket): void {
  socket.once('data', () => socket.resetAndDestroy())
}

/** Something that is not HTTP. */
export function talkNonsense(socket: net.Socket): void {
  socket.once('data', () => socket.end('220 mail.example.com ESMTP\r\n'))
}

function drip(socket: net.Socket, opening: string): void {
  socket.resume()
  socket.write(opening)
  const timer = setInterval(() => socket.write('x'), DRIP_EVERY_MS)
  socket.once('close', () => clearInterval(timer))
}

function flood(socket: net.Socket): void {
  while (socket.write(FLOOD)) if (socket.destroyed) return
  socket.once('drain', () => flood(socket))
}
