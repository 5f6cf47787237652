import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../test/eventually.ts'
import { createPlace } from './place.ts'
import { unpackedBrowser } from './testing/camera.ts'

const OPEN = new AbortController().signal

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pharos-place-'))
})

afterEach(() => rm(dataDir, { recursive: true }))

test('the browser is unpacked once for all who ask, and no further once Pharos stops', async () => {
  const stopping = new AbortController()
  const place = createPlace({ chromiumPath: null, dataDir })
  const asked = Promise.allSettled([1, 2, 3].map(() => place.find(null, stopping.signal)))
  await eventually('it is being unpacked', async () => (await readdir(dataDir)).length > 0)
  stopping.abort()
  const reasons = (await asked).map((one) => one.status === 'rejected' && one.reason)
  expect(reasons).toEqual([expect.objectContaining({ name: 'AbortError' }), reasons[0], reasons[0]])
  expect(new Set(reasons).size).toBe(1)
  expect(await readdir(dataDir)).toEqual([])
})

test('browsers of former versions and half of one are swept when they are a day old', async () => {
  const current = basename(dirname(await unpackedBrowser()))
  const [former, half, young] = ['pharos-chromium-1.0.0', `${current}.new-a`, `${current}.new-b`]
  for (const name of [current, former, half, young, 'keys'])
    await mkdir(join(dataDir, name, 'locales'), { recursive: true })
  const yesterday = new Date(Date.now() - 90_000_000)
  for (const name of [current, former, half, 'keys'])
    await utimes(join(dataDir, name), yesterday, yesterday)
  await createPlace({ chromiumPath: null, dataDir }).sweep(OPEN)
  expect(await readdir(dataDir)).toEqual(['keys', current, young].toSorted())
})
