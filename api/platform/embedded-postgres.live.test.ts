import { spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { access, copyFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startTcpTarget } from '../../agent/testing/target.ts'
import { eventually } from '../../test/eventually.ts'
import { openDataDir, postmasterPid } from '../../test/pharos.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { freePort } from './free-port.ts'
import { prepareCluster } from './postgres-cluster.ts'
import { evictOrphan } from './postgres-owner.ts'
import { systemUser } from './system-user.ts'

/** Node tells there of every server that has begun to listen. */
const HAS_LISTENED = 'tracing:net.server.listen:asyncEnd'

test('a PostgreSQL that dies is started again at the same address', async () => {
  await using dataDir = await openDataDir()
  const postgres = await startEmbeddedPostgres(dataDir.path)
  process.kill((await postmasterPid(dataDir.path))!, 'SIGKILL')
  await eventually('it answers again', () => answers(postgres.url))
  await postgres.stop()
})

test('a port that somebody took meanwhile is left to them', async () => {
  await using dataDir = await openDataDir()
  using squatter = squatOnNextPort()
  const postgres = await startEmbeddedPostgres(dataDir.path)
  expect(squatter.isListening()).toBe(true)
  expect(await answers(postgres.url)).toBe(true)
  await postgres.stop()
})

test('a PostgreSQL whose API is gone is stopped and replaced, though the machine stood still as it started', async () => {
  await using dataDir = await openDataDir()
  const cluster = await prepareCluster(dataDir.path)
  const { user, binary, folder } = cluster
  const port = await freePort()
  const command = [...(user?.prefix ?? []), binary, '-D', folder, '-p', `${port}`, '-k', '']
  const orphan = spawn('/bin/sh', ['-c', 'read -r line; exec "$@"', 'sh', ...command])
  const orphanEnded = once(orphan, 'exit')
  const starting = [orphan.pid, folder, 0, port, '', '127.0.0.1', '', 'starting']
  await writeFile(join(folder, 'postmaster.pid'), starting.join('\n'))
  const evicted = evictOrphan(cluster)
  standStill(2_500)
  orphan.stdin.end('\n')
  await evicted
  expect(await orphanEnded).toEqual([0, null])
  const postgres = await startEmbeddedPostgres(dataDir.path)
  expect(await answers(postgres.url)).toBe(true)
  await postgres.stop()
})

test('a pid file whose number now belongs to somebody else is no obstacle', async () => {
  await using dataDir = await openDataDir()
  const { folder } = await prepareCluster(dataDir.path)
  const stale = [process.pid, folder, 0, await freePort(), '', '127.0.0.1', '', 'ready']
  await writeFile(join(folder, 'postmaster.pid'), stale.join('\n'))
  const postgres = await startEmbeddedPostgres(dataDir.path)
  expect(await answers(postgres.url)).toBe(true)
  await postgres.stop()
})

test.each<[string, (socket: Socket) => void]>([
  ['says nothing', () => {}],
  ['speaks something else', (socket) => socket.end('220 mail.example.com ESMTP\r\n')],
])('nor is one whose port now answers to somebody who %s', async (_how, answer) => {
  await using dataDir = await openDataDir()
  await using stranger = await startTcpTarget(answer)
  const cluster = await prepareCluster(dataDir.path)
  const pidFile = join(cluster.folder, 'postmaster.pid')
  const stale = [process.pid, cluster.folder, 0, stranger.port, '', '127.0.0.1', '', 'ready']
  await writeFile(pidFile, stale.join('\n'))
  await evictOrphan(cluster)
  await expect(access(pidFile)).rejects.toThrow('ENOENT')
})

test('PostgreSQL is found in a folder that is closed to all others', async () => {
  await using closed = await openDataDir()
  const program = join(closed.path, 'program')
  await copyFile('/bin/true', program)
  const { prefix = [] } = (await systemUser(join(closed.path, 'postgres'), program)) ?? {}
  const [command, ...args] = [...prefix, '/bin/sh', '-c', 'test -x "$0" && "$0"', program]
  const child = spawn(command, args)
  expect(await once(child, 'exit')).toEqual([0, null])
})

/** Listens wherever a server of this process listened first, as soon as that one has ended. */
function squatOnNextPort(): Disposable & { isListening(): boolean } {
  const squatter = createServer()
  const squat = (message: unknown) => {
    unsubscribe(HAS_LISTENED, squat)
    const { server } = message as { server: Server }
    const { port } = server.address() as AddressInfo
    server.once('close', () => squatter.listen(port, '127.0.0.1'))
  }
  subscribe(HAS_LISTENED, squat)
  return {
    isListening: () => squatter.listening,
    [Symbol.dispose]: () => void squatter.close(),
  }
}

/** Nothing of this process goes on: no timer, no connection. */
function standStill(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs)
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT 1').finally(() => client.end())
  return true
}
