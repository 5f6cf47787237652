import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestDatabase, type TestDatabase } from '../database.ts'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'
import { type RunningServer, type ServerOptions, startServer } from './server.ts'
import { startTarget, type Target } from './target.ts'

/** All that a scene needs around the servers: a fresh database, a receiver of mail, and something to watch. */
export type Stage = AsyncDisposable & {
  database: TestDatabase
  sink: SmtpSink
  target: Target
  /** A server on this stage; ended with it, if it is still there. */
  start(options?: Partial<ServerOptions>): Promise<RunningServer>
  /** Grows when a server begins to start, and when it has or has died of it: who waits sees the lives go on. */
  steps(): number
}

export async function openStage(): Promise<Stage> {
  const [database, sink, target] = [
    await openTestDatabase(),
    await startSmtpSink(),
    await startTarget(),
  ]
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-rig-'))
  const servers: RunningServer[] = []
  let steps = 0
  return {
    database,
    sink,
    target,
    async start(options = {}) {
      const here = { databaseUrl: database.url, dataDir, smtpUrl: sink.url }
      steps += 1
      const server = await startServer({ ...here, ...options })
      steps += 1
      servers.push(server)
      return server
    },
    steps: () => steps,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.kill()))
      await Promise.all([target.close(), sink.close(), database.close()])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
