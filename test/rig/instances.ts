import { expect } from 'vitest'
import { invariant } from '../../core/invariant.ts'
import type { Dice } from './dice.ts'
import type { RunningServer, ServerOptions } from './server.ts'
import type { Stage } from './stage.ts'

/** SIGTERM under load is to be done with by then. */
const STOP_WITHIN_MS = 30_000

/** Several servers of one installation, to be put behind a balancer. */
export type Instances = {
  /** Those that run, or have died without anybody's knowing. */
  servers(): RunningServer[]
  /** Where they listen, in any order. */
  ports(): number[]
  /** One more. */
  start(): Promise<void>
  /** Ends one, which must end well if it is asked to; how long that took. */
  end(server: RunningServer, signal: 'SIGKILL' | 'SIGTERM'): Promise<number>
}

/** None so far. */
export function createInstances(
  stage: Stage,
  dice: Dice,
  options: Partial<ServerOptions>,
): Instances {
  const servers = new Set<RunningServer>()
  return {
    servers: () => [...servers],
    ports() {
      const ports = [...servers].map(({ url }) => Number(new URL(url!).port))
      return ports.toSorted(() => dice.oneOf([-1, 1]))
    },
    async start() {
      const server = await stage.start(options)
      invariant(server.url !== null, `a server has not started:\n${server.output()}`)
      servers.add(server)
    },
    async end(server, signal) {
      const startedAt = performance.now()
      if (signal === 'SIGKILL') await server.kill()
      else expect(await server.stop(), server.output()).toMatchObject({ code: 0 })
      servers.delete(server)
      const tookMs = performance.now() - startedAt
      expect(tookMs).toBeLessThan(STOP_WITHIN_MS)
      return tookMs
    },
  }
}
