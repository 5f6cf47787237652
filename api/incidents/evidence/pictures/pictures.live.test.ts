import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../../test/database.ts'
import { testDeps } from '../../../../test/deps.ts'
import { watch } from '../../../../test/monitors.ts'
import { turn } from '../../../../test/telling.ts'
import type { Deps } from '../../../deps.ts'
import { newMediaName } from '../../../platform/media.ts'
import { forgetEvidence } from '../jobs.ts'
import { keepPicture } from './deeds.ts'
import { claimUnused, notePicture } from './store.ts'

const RUNNING = new AbortController().signal

let database: TestDatabase
let deps: Deps
let dataDir: string
let folder: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pharos-media-'))
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
  await notePicture(database.pool, half, 'folder')
  await writeFile(join(folder, `${half}.new`), '')
  await age()
  const young = await keep()
  await forgetEvidence(deps, RUNNING)
  expect([await readdir(folder), await noted()]).toEqual([[young], [young]])
})

test('one that cannot be removed stays noted, and holds nothing up', async () => {
  await keep()
  const [stuck] = await jam(1)
  await age()
  await forgetEvidence(deps, RUNNING)
  expect([await readdir(folder), await noted()]).toEqual([[stuck], [stuck]])
})

test('where none can be removed the round ends, and the next one begins with others', async () => {
  await jam(25)
  await age()
  await forgetEvidence(deps, RUNNING)
  expect(await tried()).toBe(10)
  await forgetEvidence(deps, RUNNING)
  expect(await tried()).toBe(20)
})

test('of two who remove pictures at once each takes others', async () => {
  await jam(15)
  await age()
  const claim = () => claimUnused(database.pool, 'folder', 10)
  const claims = await Promise.all([claim(), claim()])
  expect(new Set(claims.flat()).size).toBe(claims.flat().length)
  expect(await tried()).toBe(15)
})

describe('where Cloudinary was made known, or is no more,', () => {
  const cloud = { CLOUDINARY_URL: 'cloudinary://key:secret@lighthouse' }

  test('a picture that lies in the folder is shown, and removed from there', async () => {
    const name = await keep()
    deps = testDeps(database, { DATA_DIR: dataDir, ...cloud })
    expect(await deps.media.read(name)).toEqual(Buffer.from('x'))
    await age()
    await forgetEvidence(deps, RUNNING)
    expect([await readdir(folder), await noted()]).toEqual([[], []])
  })

  test('one that lies in a cloud stays noted until that one is known again', async () => {
    const away = newMediaName()
    await notePicture(database.pool, away, 'cloudinary/lighthouse')
    await age()
    await forgetEvidence(deps, RUNNING)
    expect([await noted(), await tried()]).toEqual([[away], 0])
  })
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

/** Pictures that cannot be removed: folders lie in their places. */
async function jam(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, newMediaName)
  for (const name of names) {
    await notePicture(database.pool, name, 'folder')
    await mkdir(join(folder, name), { recursive: true })
  }
  return names
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
  return database.pool.query(`UPDATE pictures SET due_at = due_at - interval '2 hours'`)
}

/** How many somebody has taken, to remove them, and could not. */
async function tried(): Promise<number> {
  const { rowCount } = await database.pool.query('SELECT FROM pictures WHERE due_at > now()')
  return rowCount ?? 0
}

async function noted(): Promise<string[]> {
  const { rows } = await database.pool.query<{ name: string }>('SELECT name FROM pictures')
  return rows.map(({ name }) => name)
}
