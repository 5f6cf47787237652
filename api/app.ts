import { createChecker } from '../agent/check.ts'
import { createOutbound } from '../agent/outbound.ts'
import { createCamera } from '../camera/camera.ts'
import { createFeeds } from './changes/reading.ts'
import { createTicks } from './checks/ticks/reading.ts'
import type { Deps } from './deps.ts'
import { createLocalBus } from './platform/bus.ts'
import { type Clock, startDatabaseClock, systemClock } from './platform/clock.ts'
import { createCloudinary } from './platform/cloudinary.ts'
import { type Database, openDatabase } from './platform/database.ts'
import { startEmbeddedPostgres } from './platform/embedded-postgres.ts'
import type { Environment, ProcessRole } from './platform/environment.ts'
import { failpoint } from './platform/failpoint.ts'
import { holdPort, type ListenAt } from './platform/free-port.ts'
import { createKeyring, type Keyring, keysOf } from './platform/keyring.ts'
import { createLog, type Log } from './platform/log.ts'
import { type Running, together } from './platform/loop.ts'
import { createMailer } from './platform/mailer.ts'
import { createFolder, createMedia, type Media } from './platform/media.ts'
import { createMetrics, type Metrics } from './platform/metrics.ts'
import { applyMigrations } from './platform/migrate.ts'
import { createRedisBus } from './platform/redis-bus.ts'
import { openRedis, type Redis } from './platform/redis.ts'
import { browserUser } from './platform/system-user.ts'
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
  await using starting = new AsyncDisposableStack()
  const { environment, listenAt } = await settlePort(given, starting)
  const databaseUrl = environment.databaseUrl ?? (await startOwnDatabase(environment, starting))
  await applyMigrations(databaseUrl)
  const log = createLog(environment.logLevel)
  const metrics = createMetrics()
  const keyring = createKeyring(environment.encryptionKeys ?? (await keysOf(environment.dataDir)))
  const redis = startRedis(environment, keyring, log, starting)
  const bus = redis ? createRedisBus(redis, metrics) : createLocalBus()
  const database = openDatabase(databaseUrl, { log, bus })
  starting.defer(() => database.close())
  const clock = await startDatabaseClock(database)
  starting.defer(clock.stop)
  const deps = createDeps(environment, { database, keyring, clock, metrics, redis })
  await startRoles(deps, listenAt, starting)
  const running = starting.move()
  return {
    url: `http://localhost:${environment.port}`,
    deps,
    close: () => running.disposeAsync(),
  }
}

/** Port 0 becomes a real one before anybody writes it into a mail, and is ours from then on. */
async function settlePort(
  given: Environment,
  starting: AsyncDisposableStack,
): Promise<{ environment: Environment; listenAt: ListenAt }> {
  if (given.port !== 0 || !given.roles.includes('web'))
    return { environment: given, listenAt: given.port }
  const { port, listener } = starting.use(await holdPort())
  return { environment: withPort(given, port), listenAt: listener }
}

function withPort(environment: Environment, port: number): Environment {
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

function startRedis(
  { redisUrl }: Environment,
  keyring: Keyring,
  log: Log,
  starting: AsyncDisposableStack,
): Redis | null {
  if (redisUrl === null) return null
  const redis = openRedis(redisUrl, keyring, log)
  starting.defer(() => redis.close())
  return redis
}

/** What stands before anything is built on it. */
type Ground = {
  database: Database
  keyring: Keyring
  clock?: Clock
  metrics?: Metrics
  redis?: Redis | null
}

/** The one place that builds them. */
export function createDeps(
  environment: Environment,
  { database, keyring, clock = systemClock, metrics = createMetrics(), redis = null }: Ground,
): Deps {
  const outbound = createOutbound({ policy: environment.outbound })
  const { policy, secureContext } = outbound
  return {
    environment,
    database,
    log: database.log,
    clock,
    metrics,
    redis,
    keyring,
    mailer: createMailer(environment),
    checker: createChecker({ policy, secureContext }),
    outbound,
    camera: createCamera({ ...environment, outbound, user: browserUser }),
    media: openMedia(environment, database),
    feeds: createFeeds(database),
    ticks: createTicks(database),
  }
}

function openMedia({ cloudinaryUrl, dataDir }: Environment, { log }: Database): Media {
  const elsewhere = cloudinaryUrl === null ? null : createCloudinary(cloudinaryUrl, log)
  return createMedia(createFolder(dataDir, log), elsewhere)
}

async function startRoles(
  deps: Deps,
  listenAt: ListenAt,
  starting: AsyncDisposableStack,
): Promise<void> {
  const running: Running[] = []
  starting.defer(() => together(running).stop())
  for (const role of deps.environment.roles) running.push(await startLogged(role, deps, listenAt))
}

async function startLogged(role: ProcessRole, deps: Deps, listenAt: ListenAt): Promise<Running> {
  const running = await startRole[role](deps, listenAt)
  deps.log.info({ role }, 'role started')
  return {
    async stop() {
      await running.stop()
      deps.log.info({ role }, 'role stopped')
    },
  }
}
