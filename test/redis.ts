import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Redis } from 'ioredis'
import { needProgram } from './debian.ts'
import { pickPort } from './rig/ports.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** One for the whole run, and perhaps not ours: nothing in it may be flushed. */
    redisUrl: string
  }
}

/** A Redis for a test to do with as it likes. */
export type TestRedis = AsyncDisposable & {
  url: string
  port: number
  /** SIGKILL; `start` has it back, empty, at the same address. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Hangs, its connections open: SIGSTOP, until `resume`. */
  freeze(): void
  resume(): void
  flush(): Promise<void>
  close(): Promise<void>
}

const MAX_STARTS = 5

type RedisProcess = ChildProcessByStdio<null, Readable, null>

// A run that is cut short leaves none behind.
const running = new Set<RedisProcess>()
process.on('exit', () => running.forEach((child) => void child.kill('SIGKILL')))

export async function startRedis(more: string[] = []): Promise<TestRedis> {
  needProgram('redis-server', ['--version'], 'redis-server')
  const folder = await mkdtemp(join(tmpdir(), 'pharos-redis-'))
  const options = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', ...more]
  let port = await pickPort()
  let child: RedisProcess
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const start = async () => {
    child = spawn('redis-server', ['--port', `${port}`, ...options], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const started = child
    running.add(started)
    started.once('exit', () => running.delete(started))
    return isReady(started)
  }
  const close = async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
  // Another run of the tests on this machine may have taken it since it was looked at.
  for (let tries = 1; !(await start()); tries += 1) {
    if (tries === MAX_STARTS) throw new Error('Redis does not start')
    port = await pickPort()
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    async start() {
      if (!(await start())) throw new Error(`Redis does not start again at port ${port}`)
    },
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    flush: () => flush(port),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function flush(port: number): Promise<void> {
  const connection = new Redis(port)
  await connection.flushall()
  connection.disconnect()
}

/** By what it says itself, which is read to its end: whoever answers at its port may be another. */
function isReady({ stdout }: RedisProcess): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  createInterface({ input: stdout })
    .on('line', (line) => {
      if (/ready to accept connections/i.test(line)) resolve(true)
    })
    .once('close', () => resolve(false))
  return promise
}
