import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { pickPort } from './ports.ts'

/** Between us and a server: what the network does to a connection, without a network to do it. */
export type Proxy = AsyncDisposable & {
  /** The same address by way of the proxy. */
  throughHere(url: string): string
  /** How many connections somebody has open to it, half-open ones included. */
  connections(): number
  /** Each piece, either way, arrives so much later. */
  delay(ms: number): void
  /** Ends every connection; the next one is let through. */
  cut(): void
  /** Nothing passes any more, and nobody is told: neither on those that stand nor on those that come. */
  halfOpen(): void
  /** New connections are let through again; those that were half-open stay so. */
  mend(): void
}

type Pair = { near: Socket; far: Socket; isDead: boolean }

/** For the server on a port of this machine. */
export async function openProxy(farPort: number): Promise<Proxy> {
  const pairs = new Set<Pair>()
  let [delayMs, isHalfOpen] = [0, false]
  const server = createServer((near) => {
    const far = connect(farPort, '127.0.0.1')
    const pair = { near, far, isDead: isHalfOpen }
    pairs.add(pair)
    passOn(pair, near, far, () => delayMs)
    passOn(pair, far, near, () => delayMs)
  })
  const cut = () => {
    for (const { near, far } of pairs) [near, far].forEach((socket) => socket.destroy())
    pairs.clear()
  }
  const port = await pickPort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    throughHere(url) {
      const through = new URL(url)
      through.host = `127.0.0.1:${port}`
      return through.href
    },
    connections: () => [...pairs].filter(({ near }) => !near.closed).length,
    delay(ms) {
      delayMs = ms
    },
    cut,
    halfOpen() {
      isHalfOpen = true
      for (const pair of pairs) pair.isDead = true
    },
    mend() {
      isHalfOpen = false
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}

/** What comes arrives in its order and after its delay, the end last; nothing does once the pair is dead. */
function passOn(pair: Pair, from: Socket, to: Socket, delayMs: () => number): void {
  let arrived = Promise.resolve()
  const pass = (deliver: () => void) => {
    const dueAt = performance.now() + delayMs()
    arrived = arrived.then(async () => {
      const leftMs = dueAt - performance.now()
      if (leftMs > 0) await delay(leftMs)
      if (!pair.isDead) deliver()
    })
  }
  from.on('data', (piece) => pass(() => void to.write(piece)))
  from.on('error', () => {})
  from.on('close', () => pass(() => void to.destroy()))
}
