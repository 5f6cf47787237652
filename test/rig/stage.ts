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
}

export async function openStage(): Promise<Stage> {
  const [database, sink, target] = [
    await openTestDatabase(),
    await startSmtpSink(),
    await startTarget(),
  ]
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-rig-'))
  const servers: RunningServer[] = []
  return {
    database,
    sink,
    target,
    async start(options = {}) {
      const here = { databaseUrl: database.url, dataDir, smtpUrl: sink.url }
      const server = await startServer({ ...here, ...options })
      servers.push(server)
      return server
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.kill()))
      await Promise.all([target.close(), sink.close(), database.close()])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
