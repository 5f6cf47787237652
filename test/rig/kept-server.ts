import { invariant } from '../../core/invariant.ts'
import { eventually } from '../eventually.ts'
import { ageLeases } from './leases.ts'
import { type RunningServer, SERVER_NAME } from './server.ts'
import type { Stage } from './stage.ts'

/** Between two lives: refused like any port on which nobody listens. */
const NOWHERE = 'http://127.0.0.1:9'

export type KeptServer = AsyncDisposable & {
  /** Of the one that runs, or ran last; throws once the keeping has failed. */
  url(): string
  /** How often it has been killed so far. */
  kills(): number
  /** Kills the one that runs, at whatever it is doing. */
  kill(): Promise<void>
  /** Ends the keeping: stops the server that runs, which must end well. */
  stop(): Promise<void>
}

/**
 * Keeps one server on the stage. Each that starts is told where to kill itself by `crashAt`, given the
 * number of kills so far; null for one that is to live. Whenever one has died, the leases it held run
 * out and the next is started.
 */
export async function keepServer(
  stage: Stage,
  crashAt: (kills: number) => string | null,
): Promise<KeptServer> {
  let kills = 0
  let server: RunningServer
  let isStopping = false

  const start = async () => {
    server = await stage.start({ crashAt: crashAt(kills) ?? undefined })
    if (server.url !== null) return
    await bury()
    await start()
  }
  const bury = async () => {
    const code = await server.ended
    invariant(code === null, `a server ended by itself with ${code}:\n${server.output()}`)
    kills += 1
    await noBackendLeft(stage)
    await ageLeases(stage.database.pool)
  }
  const keep = async () => {
    while (!isStopping) {
      await server.ended
      if (isStopping) return
      await bury()
      await start()
    }
    await server.kill()
  }

  await start()
  const kept = keep()
  let trouble: unknown = null
  kept.catch((error: unknown) => {
    trouble = error
  })
  return {
    url() {
      if (trouble) throw trouble
      return server.url ?? NOWHERE
    },
    kills: () => kills,
    kill: () => server.kill(),
    async stop() {
      isStopping = true
      const { code } = await server.stop()
      await kept
      invariant(code === 0, `the last server ended with ${code}:\n${server.output()}`)
    },
    async [Symbol.asyncDispose]() {
      isStopping = true
      await server.kill()
      await kept
    },
  }
}

// A statement that was under way at the kill still takes effect.
async function noBackendLeft({ database }: Stage): Promise<void> {
  await eventually('the dead are gone from the database', async () => {
    const { rowCount } = await database.pool.query(
      'SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
      [SERVER_NAME],
    )
    return rowCount === 0
  })
}
