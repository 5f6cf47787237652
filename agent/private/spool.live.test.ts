import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MAX_RESULTS_PER_SYNC, MAX_SYNC_BYTES } from '../../core/probe-protocol.ts'
import { probeResult } from '../../core/testing/probe-result.ts'
import { openSpool, type Spool, type SpoolOptions } from './spool.ts'

const KILLS = 5
const DAY_MS = 86_400_000

test('what was not forgotten is there for the next process, in order', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  spool.append([result(1), result(2)])
  const batch = spool.next()
  spool.append([result(3)])
  expect(open(folder.path).next()?.results).toEqual([result(1), result(2), result(3)])
  spool.forget(batch!)
  expect(slots(open(folder.path))).toEqual([3])
})

test('a batch that is not forgotten comes again, with what came meanwhile', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  expect(spool.next()).toBeNull()
  spool.append([result(1)])
  const first = spool.next()
  spool.append([result(2)])
  expect(spool.next()?.results).toEqual([result(1), result(2)])
  spool.forget(first!)
  expect(spool.next()?.results).toEqual([result(2)])
})

test('what came since the last batch was asked for can wait, what came before cannot', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  spool.append([result(1)])
  const first = spool.next()
  spool.append([result(2)])
  spool.forget(first!)
  expect(spool.isBehind()).toBe(false)
  const second = spool.next()
  spool.append([result(3)])
  expect(spool.next()?.results).toEqual([result(2), result(3)])
  spool.forget(second!)
  expect(spool.isBehind()).toBe(true)
})

test('what many attempts have left in many files goes into as few batches as hold it', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  for (let attempt = 0; attempt < 12; attempt += 1) {
    spool.append(Array.from({ length: 100 }, (_, index) => result(attempt * 100 + index)))
    spool.next()
  }
  const sizes: number[] = []
  for (let batch = spool.next(); batch; batch = spool.next()) {
    sizes.push(batch.results.length)
    spool.forget(batch)
  }
  expect(sizes.reduce((sum, size) => sum + size)).toBe(1_200)
  expect(sizes).toHaveLength(2)
})

test('a torn line is passed over, and what came before and comes after is not', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  spool.append([result(1), result(2)])
  appendFileSync(join(folder.path, readdirSync(folder.path)[0]!), '{"monitorId":"01997a2e-00')
  const next = open(folder.path)
  next.append([result(3)])
  expect(slots(next)).toEqual([1, 2, 3])
})

test('a file with nothing whole in it stops nobody', () => {
  using folder = openFolder()
  appendFileSync(join(folder.path, '000000000001.jsonl'), '{"monit')
  appendFileSync(join(folder.path, '000000000002.jsonl'), '')
  const spool = open(folder.path)
  spool.append([result(1)])
  expect(slots(spool)).toEqual([1])
  expect(readdirSync(folder.path)).toEqual([])
})

test('every batch goes into one sync, however many or long its results are', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  const long = { message: 'x'.repeat(1_000) }
  spool.append(Array.from({ length: 2_500 }, (_, index) => result(index)))
  spool.append(Array.from({ length: 1_500 }, (_, index) => result(2_500 + index, long)))
  const seen: number[] = []
  for (let batch = spool.next(); batch; batch = spool.next()) {
    expect(batch.results.length).toBeLessThanOrEqual(MAX_RESULTS_PER_SYNC)
    expect(JSON.stringify(batch.results).length).toBeLessThan(MAX_SYNC_BYTES * 0.6)
    seen.push(...batch.results.map(({ scheduledAt }) => scheduledAt))
    spool.forget(batch)
  }
  expect(seen).toEqual(Array.from({ length: 4_000 }, (_, index) => index))
})

test('past its size the oldest results are given up, and counted', () => {
  using folder = openFolder()
  const lost: string[] = []
  const onLoss = (count: number, why: string) => lost.push(`${count}: ${why}`)
  const spool = open(folder.path, { keptBytes: 1_000_000, onLoss })
  for (let from = 0; from < 4_000; from += 1_000)
    spool.append(Array.from({ length: 1_000 }, (_, index) => result(from + index)))
  expect(lost).toEqual(['1000: the spool is full', '1000: the spool is full'])
  expect(spool.bytes()).toBeLessThanOrEqual(1_000_000)
  expect(slots(spool)[0]).toBe(2_000)
})

test('results that no server keeps any more are given up', () => {
  using folder = openFolder()
  open(folder.path).append([result(1)])
  const yesterday = new Date(Date.now() - DAY_MS - 1_000)
  utimesSync(join(folder.path, readdirSync(folder.path)[0]!), yesterday, yesterday)
  const lost: number[] = []
  const spool = open(folder.path, { keptMs: DAY_MS, onLoss: (count) => lost.push(count) })
  expect(spool.next()).toBeNull()
  expect(lost).toEqual([1])
})

test('what the disk does not take waits in memory', () => {
  using folder = openFolder()
  const spool = open(folder.path)
  expect(spool.next()).toBeNull()
  rmSync(folder.path, { recursive: true })
  spool.append([result(1), result(2)])
  expect(spool.next()).toMatchObject({ paths: [], results: [result(1), result(2)] })
  mkdirSync(folder.path)
  spool.append([result(3)])
  expect(spool.next()?.paths).toEqual([expect.stringContaining(folder.path)])
  expect(slots(spool)).toEqual([1, 2, 3])
})

test('whoever is killed while writing has lost nothing of what was written', async () => {
  using folder = openFolder()
  let told = 0
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const child = spawn(process.execPath, [WRITER, folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    const enough = kill * 20
    for await (const lines of child.stdout.setEncoding('utf8')) {
      told += String(lines).split('\n').length - 1
      if (told >= enough) child.kill('SIGKILL')
    }
    await ended
  }
  const found = slots(open(folder.path)).length
  expect(found).toBeGreaterThanOrEqual(told * 10)
  expect(found).toBeLessThanOrEqual((told + KILLS) * 10)
})

const WRITER = new URL('../testing/spool-writer.ts', import.meta.url).pathname

function open(folder: string, options: Partial<SpoolOptions> = {}): Spool {
  return openSpool({ folder, onLoss: () => {}, ...options })
}

function result(slot: number, given: Parameters<typeof probeResult>[0] = {}) {
  return probeResult({ scheduledAt: slot, ...given })
}

/** The slots of all that waits, which is forgotten. */
function slots(spool: Spool): number[] {
  const seen: number[] = []
  for (let batch = spool.next(); batch; batch = spool.next()) {
    seen.push(...batch.results.map(({ scheduledAt }) => scheduledAt))
    spool.forget(batch)
  }
  return seen
}

function openFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'pharos-spool-'))
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
