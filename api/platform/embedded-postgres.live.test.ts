import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { openDataDir, postmasterPid } from '../../test/pharos.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { freePort } from './free-port.ts'
import { prepareCluster } from './postgres-cluster.ts'

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

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('SELECT 1').finally(() => client.end())
  return true
}
