import { type DestinationStream, type Logger, pino } from 'pino'
import { build as prettyStream } from 'pino-pretty'

export type Log = Logger

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

const SECRET_NAMES = [
  'password',
  'passwordHash',
  'token',
  'secret',
  'authorization',
  'cookie',
  'smtpUrl',
  'databaseUrl',
  'redisUrl',
  'cloudinaryUrl',
  'encryptionKeys',
  'secrets',
]

const redact = {
  paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: '[redacted]',
}

/** Lines of JSON; in a terminal, lines for people. `destination` is for tests. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const isForPeople = process.stdout.isTTY && !destination
  return pino({ level, redact }, isForPeople ? linesForPeople() : destination)
}

function linesForPeople(): DestinationStream {
  return prettyStream({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', sync: true })
}
