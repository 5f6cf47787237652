import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { openDataDir, postmasterPid } from '../../test/pharos.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { freePort } from './free-port.ts'
import { prepareCluster } from './postgres-cluster.ts'
import { systemUser } from './system-user.ts'

test('a PostgreSQL that dies is started again at the same address', async () => {
  await using dataDir = await openDataDir()
  const postgres = await startEmbeddedPostgres(dataDir.path)
  process.kill((await postmasterPid(dataDir.path))!, 'SIGKILL')
  await eventually('it answers again', () => answers(postgres.url), 10_000)
  await postgres.stop()
})

test('a PostgreSQL whose API is gone is stopped and replaced', async () => {
  await using dataDir = await openDataDir()
  const { user, binary, folder } = await prepareCluster(dataDir.path)
  const [command, ...args] = [...(user?.prefix ?? []), binary, '-D', folder]
  const port = await freePort()
  const orphan = spawn(command, [...args, '-p', String(port), '-k', '', '-h', '127.0.0.1'])
  const orphanEnded = once(orphan, 'exit')
  await eventually('the orphan writes its pid file', () => postmasterPid(dataDir.path))
  const postgres = await startEmbeddedPostgres(dataDir.path)
  expect(await orphanEnded).toEqual([0, null])
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

test('PostgreSQL is found in a folder that is closed to all others', async () => {
  await using closed = await openDataDir()
  const program = join(closed.path, 'program')
  await copyFile('/bin/true', program)
  const { prefix = [] } = (await systemUser(join(closed.path, 'postgres'), program)) ?? {}
  const [command, ...args] = [...prefix, '/bin/sh', '-c', 'test -x "$0" && "$0"', program]
  const child = spawn(command, args)
  expect(await once(child, 'exit')).toEqual([0, null])
})

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT 1').finally(() => client.end())
  return true
}
