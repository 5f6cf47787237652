import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './error-code.ts'
import type { Log } from './log.ts'

/** Longer than that no picture is on its way to where it is kept, or from there. */
export const KEEP_LIMIT_MS = 20_000

const NAME = /^[\w-]{22}\.png$/
const PATH = '/media/'

/** One place where pictures are kept. Their names cannot be guessed: who knows one may see it. */
export type Shelf = {
  /** By which it is noted that a picture lies there. */
  place: string
  /** Its address, a path where it is we who serve it; null where it cannot be kept now. */
  keep(name: string, png: Uint8Array, signal: AbortSignal): Promise<string | null>
  /** False where it cannot be removed now. What is not there is removed already. */
  remove(name: string, signal: AbortSignal): Promise<boolean>
}

/** A shelf whose pictures we serve ourselves. */
export type Folder = Shelf & {
  /** Null for every name but that of a picture which is here. */
  read(name: string): Promise<Buffer<ArrayBuffer> | null>
}

/** New pictures go to `shelf`; those of before stay where they were put, on one of the shelves or out of reach. */
export type Media = { shelf: Shelf; shelves: Shelf[]; read: Folder['read'] }

/** The folder is there beside whatever takes its place. */
export function createMedia(folder: Folder, elsewhere: Shelf | null): Media {
  const { read } = folder
  return elsewhere
    ? { shelf: elsewhere, shelves: [elsewhere, folder], read }
    : { shelf: folder, shelves: [folder], read }
}

/** 128 random bits. */
export function newMediaName(): string {
  return `${randomBytes(16).toString('base64url')}.png`
}

/** Pictures in a folder, served under /media/. */
export function createFolder(dataDir: string, log: Log): Folder {
  const folder = join(dataDir, 'media')
  const draftOf = (name: string) => join(folder, `${name}.new`)
  return {
    place: 'folder',
    async keep(name, png) {
      try {
        await mkdir(folder, { recursive: true })
        // Moved to its name when it is whole.
        await writeFile(draftOf(name), png)
        await rename(draftOf(name), join(folder, name))
        return PATH + name
      } catch (error) {
        log.warn({ err: error }, 'a picture could not be kept')
        return null
      }
    },
    async remove(name) {
      try {
        for (const path of [draftOf(name), join(folder, name)]) await rm(path, { force: true })
        return true
      } catch (error) {
        log.warn({ err: error, name }, 'a picture could not be removed')
        return false
      }
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
