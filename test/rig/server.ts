import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invariant } from '../../core/invariant.ts'
import { type Pharos, startPharos } from '../pharos.ts'
import { pickPort } from './ports.ts'

const STOP_DEADLINE_MS = 30_000
/** Another run of the tests on this machine may have taken a port since it was looked at. */
const MAX_TRIES = 5
/** Hundreds of starts: what the first has compiled, the others need not. */
const COMPILED = join(tmpdir(), 'pharos-rig-compiled')
/** By this name the database knows the servers of the rig. */
export const SERVER_NAME = 'pharos-rig'

// A run that is cut short leaves no server behind.
const running = new Set<Pharos>()
process.on('exit', () => running.forEach((pharos) => void pharos.end('SIGKILL')))

export type ServerOptions = {
  databaseUrl: string
  dataDir: string
  smtpUrl: string
  /** `name:nth` of the failpoint at which it kills itself. */
  crashAt?: string
  roles?: string
  /** Where it listens; any free one when absent. */
  port?: number
  /** More of the environment, and other than what is said here. */
  variables?: Record<string, string>
}

/** A real server process. */
export type RunningServer = {
  /** Where it listens; null if its roles do not, or if it ended before that. */
  readonly url: string | null
  /** Resolves when the process is gone: its exit code, or null if a signal ended it. */
  readonly ended: Promise<number | null>
  output(): string
  /** SIGTERM, and how it went. */
  stop(): Promise<{ code: number | null; tookMs: number }>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** Starts `node api/main.ts` and waits until it is ready, or until a failpoint has ended it. */
export async function startServer(
  options: ServerOptions,
  triesLeft = MAX_TRIES,
): Promise<RunningServer> {
  const port = options.port ?? (await pickPort())
  const pharos = await startPharos({ ...environmentOf(options), PORT: String(port) })
  running.add(pharos)
  void pharos.ended.then(() => running.delete(pharos))
  const isTaken = pharos.output().includes(`Port ${port} is in use`)
  if (isTaken && triesLeft > 1) return startServer(options, triesLeft - 1)
  invariant(!isTaken, `port ${port} is in use and remains so`)
  return {
    url: pharos.url && `http://127.0.0.1:${port}`,
    ended: pharos.ended,
    output: pharos.output,
    async stop() {
      const from = performance.now()
      const hard = setTimeout(() => void pharos.end('SIGKILL'), STOP_DEADLINE_MS)
      const code = await pharos.end('SIGTERM')
      clearTimeout(hard)
      return { code, tookMs: performance.now() - from }
    },
    async kill() {
      await pharos.end('SIGKILL')
    },
  }
}

function environmentOf(options: ServerOptions): Record<string, string> {
  return {
    DATABASE_URL: `${options.databaseUrl}?application_name=${SERVER_NAME}`,
    DATA_DIR: options.dataDir,
    SMTP_URL: options.smtpUrl,
    MAIL_FROM: 'pharos@pharos.example',
    SIGN_UP: 'open',
    OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
    REFERENCE_TARGETS: 'none',
    LOG_LEVEL: 'warn',
    NODE_COMPILE_CACHE: COMPILED,
    ...(options.roles ? { ROLES: options.roles } : {}),
    ...(options.crashAt ? { CRASH_AT: options.crashAt } : {}),
    ...options.variables,
  }
}
