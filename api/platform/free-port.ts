import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** A port, or whoever holds it for the server that is to listen there. */
export type ListenAt = number | Server

/** A port that was free and is ours: nobody else can listen there, and who comes is hung up on. */
export type HeldPort = Disposable & {
  port: number
  /** What a server listens on that takes the port over, and that ends with it. */
  listener: Server
}

export async function holdPort(): Promise<HeldPort> {
  const listener = createServer((socket) => void socket.destroy()).listen(0)
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return { port, listener, [Symbol.dispose]: () => void listener.close() }
}
