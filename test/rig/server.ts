import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pickPort } from './ports.ts'

const MAIN = new URL('../../api/main.ts', import.meta.url).pathname
const STOP_DEADLINE_MS = 30_000
const OUTPUT_KEPT = 20_000
/** Hundreds of starts: what the first has compiled, the others need not. */
const COMPILED = join(tmpdir(), 'pharos-rig-compiled')
/** By this name the database knows the servers of the rig. */
export const SERVER_NAME = 'pharos-rig'
/** The line that a start ends with. */
const GREETING = /Pharos is ready/

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

export type ServerEnd = { code: number | null; signal: NodeJS.Signals | null }

/** A real server process. */
export type RunningServer = {
  readonly pid: number
  /** Where it listens; null if it ended before that. */
  readonly url: string | null
  /** Resolves when the process is gone, whatever ended it. */
  readonly ended: Promise<ServerEnd>
  /** What it said, the last of it. */
  output(): string
  /** SIGTERM, and how it went. */
  stop(): Promise<ServerEnd & { tookMs: number }>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** Starts `node api/main.ts` and waits until it is ready, or until a failpoint has ended it. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const port = options.port ?? (await pickPort())
  const child = spawn(process.execPath, [MAIN], {
    env: { ...environmentOf(options), PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { greeting, output } = listenTo(child)
  const ended = once(child, 'exit').then(([code, signal]): ServerEnd => ({ code, signal }))
  const isReady = await Promise.race([greeting.then(() => true), ended.then(() => false)])
  return {
    pid: child.pid!,
    url: isReady ? `http://127.0.0.1:${port}` : null,
    ended,
    output,
    stop: () => stop(child, ended),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function stop(child: ChildProcess, ended: Promise<ServerEnd>) {
  const from = performance.now()
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
  const end = await ended
  clearTimeout(hard)
  return { ...end, tookMs: performance.now() - from }
}

function environmentOf(options: ServerOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
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

function listenTo(child: ChildProcess): { greeting: Promise<void>; output(): string } {
  const { promise: greeting, resolve } = Promise.withResolvers<void>()
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-OUTPUT_KEPT)
    if (GREETING.test(text)) resolve()
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return { greeting, output: () => text }
}
