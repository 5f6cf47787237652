import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../api/platform/process.ts'

/** Named by the process whose it is. */
const FOLDER = /^pharos-test-(\d+)-/
/** Where Linux keeps files in memory; a container may have 64 MB of it. */
const MEMORY = '/dev/shm'
/** Ten times what the tests of a run were seen to have there at once. */
const ROOM_BYTES = 4 * 1024 ** 3

/** A folder for what a PostgreSQL writes: most of what a fresh one costs is its files, and that they are synced. */
export async function makeScratch(): Promise<string> {
  return mkdtemp(join(await place(), `pharos-test-${process.pid}-`))
}

/** Removes what runs that were killed have left; another user's is theirs to remove. */
export async function sweepScratch(): Promise<void> {
  const folder = await place()
  for (const name of await readdir(folder)) {
    const [, pid] = FOLDER.exec(name) ?? []
    if (!pid || isAlive(Number(pid))) continue
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
  }
}

/** Memory, where there is enough of it. */
async function place(): Promise<string> {
  const { bavail, bsize } = await statfs(MEMORY).catch(() => ({ bavail: 0, bsize: 0 }))
  const available = Math.min(bavail * bsize, process.availableMemory())
  return available < ROOM_BYTES ? tmpdir() : MEMORY
}
