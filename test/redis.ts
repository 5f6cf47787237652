import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { needProgram } from './debian.ts'
import { eventually } from './eventually.ts'
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

// A run that is cut short leaves none behind.
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach((child) => void child.kill('SIGKILL')))

export async function startRedis(more: string[] = []): Promise<TestRedis> {
  needProgram('redis-server', ['--version'], 'redis-server')
  const folder = await mkdtemp(join(tmpdir(), 'pharos-redis-'))
  const port = await pickPort()
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  let child: ChildProcess
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const start = async () => {
    child = spawn('redis-server', [...options, ...more], { stdio: 'ignore' })
    running.add(child)
    child.once('exit', () => running.delete(child))
    await eventually('Redis listens', () => isListening(port))
  }
  const close = async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    start,
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

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}
