import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../test/database.ts'
import { testDeps } from '../../../../test/deps.ts'
import { watch } from '../../../../test/monitors.ts'
import { turn } from '../../../../test/telling.ts'
import type { Deps } from '../../../deps.ts'
import { newMediaName } from '../../../platform/media.ts'
import { forgetEvidence } from '../jobs.ts'
import { keepPicture } from './deeds.ts'
import { notePicture } from './store.ts'

const RUNNING = new AbortController().signal

let database: TestDatabase
let deps: Deps
let folder: string

beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-media-'))
  folder = join(dataDir, 'media')
  database = await openTestDatabase()
  deps = testDeps(database, { DATA_DIR: dataDir })
  onTestFinished(() => rm(dataDir, { recursive: true }))
  onTestFinished(() => database[Symbol.asyncDispose]())
})

test('a picture stays while its evidence is kept', async () => {
  const [young, old] = [await keep(), await keep()]
  await bear(young, 89)
  await bear(old, 91)
  await age()
  await forgetEvidence(deps, RUNNING)
  expect(await readdir(folder)).toEqual([young])
})

test('a picture goes with its monitor', async () => {
  const name = await keep()
  const monitorId = await bear(name, 0)
  await database.pool.query('DELETE FROM monitors WHERE id = $1', [monitorId])
  await age()
  await forgetEvidence(deps, RUNNING)
  expect([await readdir(folder), await noted()]).toEqual([[], []])
})

test('one that nobody settled goes when nobody can any more, and so does half of one', async () => {
  const half = newMediaName()
  await keep()
  await notePicture(database.pool, half)
  await writeFile(join(folder, `${half}.new`), '')
  await age()
  const young = await keep()
  await forgetEvidence(deps, RUNNING)
  expect([await readdir(folder), await noted()]).toEqual([[young], [young]])
})

test('one that cannot be removed stays noted, and holds nothing up', async () => {
  await keep()
  const stuck = '0'.repeat(22)
  await notePicture(database.pool, stuck)
  await mkdir(join(folder, stuck))
  await age()
  await forgetEvidence(deps, RUNNING)
  expect([await readdir(folder), await noted()]).toEqual([[stuck], [stuck]])
})

test('nothing is removed once Pharos stops', async () => {
  const name = await keep()
  await age()
  await forgetEvidence(deps, AbortSignal.abort())
  expect(await readdir(folder)).toEqual([name])
})

async function keep(): Promise<string> {
  return (await keepPicture(deps, Buffer.from('x'), RUNNING))!.name
}

/** The monitor of an incident whose evidence of some days ago bears the picture. */
async function bear(name: string, days: number): Promise<string> {
  const { monitors } = await watch(database, {})
  const [{ monitorId } = { monitorId: '' }] = monitors
  await turn(database, { ...monitors[0]!, from: 'UP', to: 'DOWN', at: Date.now() })
  await database.pool.query(
    `UPDATE evidence SET media_name = $2, due_at = NULL, created_at = now() - $3 * interval '1 day'
     WHERE incident_id = (SELECT id FROM incidents WHERE monitor_id = $1)`,
    [monitorId, name, days],
  )
  return monitorId
}

/** Two hours. */
function age(): Promise<unknown> {
  return database.pool.query(`UPDATE pictures SET created_at = created_at - interval '2 hours'`)
}

async function noted(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>('SELECT name FROM pictures')
  return rows.map(({ name }) => name)
}
