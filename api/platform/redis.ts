import { Redis as Connection } from 'ioredis'
import { errorCode } from './error-code.ts'
import type { Keyring } from './keyring.ts'
import type { Log } from './log.ts'

/** Nobody waits longer for an answer: there is nothing in Redis that cannot be done without. */
const ANSWER_MS = 300
const PING_EVERY_MS = 1_000
/** What was asked and nothing came for so long: the connection is half-open, or Redis hangs. It is replaced. */
const SILENCE_MS = 3_000
const RETRY_STEP_MS = 100
const MAX_RETRY_MS = 1_000
const NAME_LENGTH = 16

/** Redis, as far as it is there. Whoever has no use for an old answer asks `isUp` first, and then `soon`. */
export type Redis = {
  /** Fails at once what is asked of it while Redis is away. */
  connection: Connection
  /** Begins all our names in it: another installation on the same Redis has another one. */
  prefix: string
  isUp(): boolean
  /** The answer, if it comes soon; until Redis answers again, nobody else needs to wait for it. */
  soon<T>(answer: Promise<T>): Promise<T>
  /** A name that tells nobody what it stands for. */
  hide(text: string): string
  /** Hears what is said on a channel, again after each outage. To be called before anything is awaited. */
  hear(channel: string, listener: (text: string) => void): void
  close(): void
}

/** Starts to connect, and goes on trying; it neither waits nor fails. */
export function openRedis(url: string, keyring: Keyring, log: Log): Redis {
  const connection = new Connection(url, OPTIONS)
  const listeners = new Map<string, (text: string) => void>()
  const health = watchHealth(connection, log)

  connection.on('message', (channel, text) => listeners.get(channel)?.(text))
  connection.on('ready', () => void greet())
  async function greet(): Promise<void> {
    try {
      if (listeners.size > 0) await connection.subscribe(...listeners.keys())
      if (connection.mode === 'subscriber') throw new Error('it is older than Redis 6')
      health.isFound()
    } catch (error) {
      health.isLost(error)
      connection.disconnect(true)
    }
  }

  return {
    connection,
    prefix: `pharos:${keyring.sign('redis').slice(0, NAME_LENGTH)}:`,
    isUp: health.isUp,
    soon: health.soon,
    hide: (text) => keyring.sign(`redis|${text}`).slice(0, NAME_LENGTH),
    hear: (channel, listener) => void listeners.set(channel, listener),
    close() {
      health.stop()
      connection.disconnect()
    },
  }
}

const OPTIONS = {
  connectionName: 'pharos',
  // What it cannot do now is not done at all, so that nothing queues up while it is away.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // While it loads, it wakes; counting fails at once and is done here.
  enableReadyCheck: false,
  autoResubscribe: false,
  connectTimeout: SILENCE_MS,
  socketTimeout: SILENCE_MS,
  retryStrategy: (times: number) => Math.min(times * RETRY_STEP_MS, MAX_RETRY_MS),
}

/** Knows whether Redis is there, and tells of each outage and its end once. */
function watchHealth(connection: Connection, log: Log) {
  let state: 'new' | 'up' | 'away' | 'stopped' = 'new'
  let isHanging = false
  let reason = 'the connection was closed'

  function isLost(error: unknown): void {
    reason = reasonOf(error)
  }

  connection.on('error', isLost)
  connection.on('close', () => {
    if (state === 'away' || state === 'stopped') return
    state = 'away'
    log.warn({ reason }, 'Redis is away: readers are woken by polling, limits count by process')
  })
  const pinging = setInterval(() => {
    if (state === 'up') soon(connection.ping()).then(isAnswering, () => {})
  }, PING_EVERY_MS)
  pinging.unref()

  function isAnswering(): void {
    isHanging = false
  }

  function soon<T>(answer: Promise<T>): Promise<T> {
    return inTime(answer, () => {
      isHanging = true
    })
  }

  return {
    isLost,
    isFound() {
      if (state === 'away') log.info('Redis is back')
      state = 'up'
      isHanging = false
    },
    isUp: () => state === 'up' && !isHanging,
    soon,
    stop() {
      state = 'stopped'
      clearInterval(pinging)
    },
  }
}

async function inTime<T>(answer: Promise<T>, onLate: () => void): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const giveUp = () => {
    onLate()
    reject(new Error(`no answer of Redis within ${ANSWER_MS} ms`))
  }
  let last: NodeJS.Immediate | undefined
  // One turn more: after a long one of our own the answer may be there, unread.
  const timer = setTimeout(() => (last = setImmediate(giveUp)), ANSWER_MS)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    clearImmediate(last)
  }
}

/** Never the error itself: it holds the command, and with it the password. */
function reasonOf(error: unknown): string {
  return (error instanceof Error && error.message) || errorCode(error)
}
