import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './error-code.ts'

const NAME = /^[\w-]{22}\.png$/
const PATH = '/media/'

/** Where pictures are kept. Their names cannot be guessed: who knows one may see it. */
export type Media = {
  /** Null where it cannot be kept now. `url` is a path where it is we who serve it. */
  keep(png: Uint8Array): Promise<{ name: string; url: string } | null>
  /** What is not there is removed already. */
  remove(name: string): Promise<void>
  /** Those that a folder of ours holds; none where others keep them. */
  namesOlderThan(ageMs: number): Promise<string[]>
  /** Null for every name but that of a picture which is here. */
  read(name: string): Promise<Buffer<ArrayBuffer> | null>
}

/** 128 random bits. */
export function newMediaName(): string {
  return `${randomBytes(16).toString('base64url')}.png`
}

/** Pictures in a folder, served under /media/. */
export function createFolderMedia(dataDir: string, now: () => number): Media {
  const folder = join(dataDir, 'media')
  return {
    async keep(png) {
      const name = newMediaName()
      await mkdir(folder, { recursive: true })
      // Moved to its name when it is whole.
      await writeFile(join(folder, `${name}.new`), png)
      await rename(join(folder, `${name}.new`), join(folder, name))
      return { name, url: PATH + name }
    },
    async remove(name) {
      if (NAME.test(name)) await rm(join(folder, name), { force: true })
    },
    async namesOlderThan(ageMs) {
      const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name))
      const made = await Promise.all(names.map((name) => madeAt(join(folder, name))))
      return names.filter((_, index) => made[index]! < now() - ageMs)
    },
    async read(name) {
      if (!NAME.test(name)) return null
      return readFile(join(folder, name)).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error
        return null
      })
    },
  }
}

async function madeAt(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? Infinity
}
