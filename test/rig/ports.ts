import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that connections take for themselves, so that one that was let go is still free later. */
const FROM = 10_000
const SHARES = 8
const PORTS_A_SHARE = 2_750

/** Of each worker, so that none is given what another has let go; more of them than by our setting share again. */
const share = Number(process.env.VITEST_POOL_ID ?? 0) % SHARES
const RANGE = { from: FROM + share * PORTS_A_SHARE, to: FROM + (share + 1) * PORTS_A_SHARE }

/** Not the same in each run: two may be under way on this machine. */
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
