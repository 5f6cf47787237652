import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { pickPort } from './ports.ts'

/** In front of several servers: whoever connects comes to one that is there. */
export type Balancer = AsyncDisposable & {
  url: string
  connections(): number
  /** Ends the connections that are chosen, on both sides. */
  cut(isChosen: () => boolean): void
  /** On the connections that are chosen nothing passes any more, and nobody is told. */
  freeze(isChosen: () => boolean): void
}

type Pair = { near: Socket; far: Socket; isFrozen: boolean }

/** `ports` are tried in the order in which they are told for a connection. */
export async function openBalancer(ports: () => number[]): Promise<Balancer> {
  const pairs = new Set<Pair>()
  const server = createServer(async (near) => {
    near.on('error', () => {})
    const far = await reachOne(ports())
    if (!far) return near.destroy()
    const pair = { near, far, isFrozen: false }
    pairs.add(pair)
    join(pair, () => pairs.delete(pair))
  })
  const chosenOf = (isChosen: () => boolean) => [...pairs].filter(() => isChosen())
  const port = await pickPort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => pairs.size,
    cut: (isChosen) => chosenOf(isChosen).forEach(end),
    freeze: (isChosen) => chosenOf(isChosen).forEach(freeze),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      chosenOf(() => true).forEach(end)
      await closed
    },
  }
}

async function reachOne([port, ...others]: number[]): Promise<Socket | null> {
  if (port === undefined) return null
  const far = connect(port, '127.0.0.1')
  try {
    await once(far, 'connect')
    far.on('error', () => {})
    return far
  } catch {
    return reachOne(others)
  }
}

function join(pair: Pair, ended: () => void): void {
  const { near, far } = pair
  near.pipe(far).pipe(near)
  for (const side of [near, far])
    side.once('close', () => {
      if (pair.isFrozen && !(near.closed && far.closed)) return
      end(pair)
      ended()
    })
}

function freeze(pair: Pair): void {
  const { near, far } = pair
  pair.isFrozen = true
  near.unpipe(far).pause()
  far.unpipe(near).pause()
}

function end({ near, far }: Pair): void {
  near.destroy()
  far.destroy()
}
