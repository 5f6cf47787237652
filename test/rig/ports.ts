import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that connections take for themselves, so that one that was let go is still free later. */
const RANGE = { from: 10_000, to: 32_000 }

/** Test files run side by side, each from a place of its own. */
let next = randomInt(RANGE.from, RANGE.to)

/** A port on which nobody listens, and which is not given out again soon. */
export async function pickPort(): Promise<number> {
  next = next + 1 < RANGE.to ? next + 1 : RANGE.from
  const port = next
  return (await isFree(port)) ? port : pickPort()
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer().once('error', () => resolve(false))
  server.listen(port, () => server.close(() => resolve(true)))
  return promise
}
