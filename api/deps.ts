import type { Checker } from '../agent/check.ts'
import type { Outbound } from '../agent/outbound.ts'
import type { Camera } from '../camera/camera.ts'
import type { Feeds } from './changes/reading.ts'
import type { Ticks } from './checks/ticks/reading.ts'
import type { Clock } from './platform/clock.ts'
import type { Database } from './platform/database.ts'
import type { Environment } from './platform/environment.ts'
import type { Keyring } from './platform/keyring.ts'
import type { Log } from './platform/log.ts'
import type { Mailer } from './platform/mailer.ts'
import type { Media } from './platform/media.ts'
import type { Metrics } from './platform/metrics.ts'
import type { Redis } from './platform/redis.ts'

/** Everything a deed, job or resolver may need, built once in app.ts and passed as the first argument. */
export type Deps = {
  environment: Environment
  log: Log
  clock: Clock
  database: Database
  metrics: Metrics
  /** Null: none is configured. */
  redis: Redis | null
  keyring: Keyring
  mailer: Mailer
  checker: Checker
  outbound: Outbound
  camera: Camera
  media: Media
  feeds: Feeds
  ticks: Ticks
}
