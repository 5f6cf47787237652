import { createChecker } from '../agent/check.ts'
import { createFeeds } from './changes/reading.ts'
import type { Deps } from './deps.ts'
import { createLocalBus } from './platform/bus.ts'
import { type Clock, startDatabaseClock, systemClock } from './platform/clock.ts'
import { type Database, openDatabase } from './platform/database.ts'
import { startEmbeddedPostgres } from './platform/embedded-postgres.ts'
import type { Environment, ProcessRole } from './platform/environment.ts'
import { failpoint } from './platform/failpoint.ts'
import { freePort } from './platform/free-port.ts'
import { createKeyring, type EncryptionKey, keysOf } from './platform/keyring.ts'
import { createLog } from './platform/log.ts'
import { type Running, together } from './platform/loop.ts'
import { createMailer } from './platform/mailer.ts'
import { createMetrics } from './platform/metrics.ts'
import { applyMigrations } from './platform/migrate.ts'
import { startRole } from './roles.ts'

export type App = {
  url: string
  deps: Deps
  /** Ends what is under way, gives leases back, and leaves no process behind. */
  close(): Promise<void>
}

/** Starts everything: database, migrations, dependencies, roles. What has started is stopped again if a later step fails. */
export async function createApp(given: Environment): Promise<App> {
  failpoint('at-start')
  const environment = await withPort(given)
  await using starting = new AsyncDisposableStack()
  const databaseUrl = environment.databaseUrl ?? (await startOwnDatabase(environment, starting))
  await applyMigrations(databaseUrl)
  const bus = createLocalBus()
  const log = createLog(environment.logLevel)
  const database = openDatabase(databaseUrl, { log, bus })
  starting.defer(() => database.close())
  const keys = environment.encryptionKeys ?? (await keysOf(environment.dataDir))
  const clock = await startDatabaseClock(database)
  starting.defer(clock.stop)
  const deps = createDeps(environment, database, keys, clock)
  await startRoles(deps, starting)
  const running = starting.move()
  return {
    url: `http://localhost:${environment.port}`,
    deps,
    close: () => running.disposeAsync(),
  }
}

/** Port 0 becomes a real one before anybody writes it into a mail. */
async function withPort(environment: Environment): Promise<Environment> {
  if (environment.port !== 0) return environment
  const port = await freePort()
  const publicUrl = environment.publicUrl.replace(
    /^http:\/\/localhost:0$/,
    `http://localhost:${port}`,
  )
  return { ...environment, port, publicUrl }
}

async function startOwnDatabase(
  { dataDir }: Environment,
  starting: AsyncDisposableStack,
): Promise<string> {
  const postgres = await startEmbeddedPostgres(dataDir)
  starting.defer(() => postgres.stop())
  return postgres.url
}

/** The one place that builds them. */
export function createDeps(
  environment: Environment,
  database: Database,
  keys: EncryptionKey[],
  clock: Clock = systemClock,
): Deps {
  return {
    environment,
    database,
    log: database.log,
    clock,
    metrics: createMetrics(),
    keyring: createKeyring(keys),
    mailer: createMailer(environment),
    checker: createChecker({ policy: environment.outbound }),
    feeds: createFeeds(database),
  }
}

async function startRoles(deps: Deps, starting: AsyncDisposableStack): Promise<void> {
  const running: Running[] = []
  starting.defer(() => together(running).stop())
  for (const role of deps.environment.roles) running.push(await startLogged(role, deps))
}

async function startLogged(role: ProcessRole, deps: Deps): Promise<Running> {
  const running = await startRole[role](deps)
  deps.log.info({ role }, 'role started')
  return {
    async stop() {
      await running.stop()
      deps.log.info({ role }, 'role stopped')
    },
  }
}
