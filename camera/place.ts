import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UNPACK_LIMIT_MS } from './limits.ts'
import type { BrowserPlace, BrowserUser } from './shot.ts'
import { sweep } from './sweep.ts'

/** Open to every user, kept over a restart, and on a disk where /tmp may be in memory. */
const OPEN_FOLDER = '/var/tmp'
const PACKED = 'pharos-chromium-'

export type PlaceOptions = {
  /** A Chromium of the operator's own; null: the one that came with the packages. */
  chromiumPath: string | null
  dataDir: string
}

export type Place = {
  /**
   * Where the browser is that `user` can run; null where this machine has none. The one of the packages is
   * unpacked when first asked for: once, however many ask.
   */
  find(user: BrowserUser | null, signal: AbortSignal): Promise<BrowserPlace | null>
  /** Removes browsers of former versions, and those that were never unpacked to the end. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createPlace({ chromiumPath, dataDir }: PlaceOptions): Place {
  let unpacking: Promise<void> | null = null
  return {
    async find(user, signal) {
      if (chromiumPath !== null) return { path: chromiumPath, fonts: null }
      if (process.platform !== 'linux' || process.arch !== 'x64') return null
      const folder = await folderFor(user, dataDir)
      if (!(await isOurs(folder))) {
        unpacking ??= unpack(folder, signal).finally(() => (unpacking = null))
        await unpacking
      }
      return { path: join(folder, 'chromium'), fonts: folder }
    },
    async sweep(signal) {
      const current = await packedName()
      const isOld = (name: string) => name.startsWith(PACKED) && name !== current
      for (const folder of [dataDir, OPEN_FOLDER]) await sweep(folder, isOld, signal)
    },
  }
}

async function folderFor(user: BrowserUser | null, dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true })
  const isReadable = user === null || (await isOpenToAll(dataDir))
  return join(isReadable ? dataDir : OPEN_FOLDER, await packedName())
}

/** Made beside its place and then moved there, so that a kill in the middle leaves nothing half made. */
async function unpack(folder: string, signal: AbortSignal): Promise<void> {
  const draft = await mkdtemp(`${folder}.new-`)
  try {
    await unpackInto(draft, signal)
    // Whoever it runs as is not who unpacks it.
    await Promise.all([draft, join(draft, 'chromium')].map((path) => chmod(path, 0o755)))
    await writeFile(join(draft, 'fonts.conf'), fontsIn(join(folder, 'fonts')))
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process may have been first.
    if (!(await isOurs(folder))) throw error
  }
}

async function unpackInto(draft: string, signal: AbortSignal): Promise<void> {
  const child = fork(new URL('unpack.ts', import.meta.url), {
    env: { TMPDIR: draft },
    killSignal: 'SIGKILL',
    signal,
    timeout: UNPACK_LIMIT_MS,
  })
  const { promise: gone, resolve: go } = Promise.withResolvers<unknown>()
  if (child.pid === undefined) go(null)
  else child.once('exit', go)
  // Aborted, it is only told to end: while it lives it may write where the caller sweeps.
  const [code] = await once(child, 'exit').finally(() => gone)
  if (code !== 0) throw new Error(`The browser could not be unpacked (${code ?? 'ended'})`)
}

/** Where everybody may write, somebody else may have laid a program under this name. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null)
  if (!found) return false
  if (found.isDirectory() && found.uid === process.getuid?.() && !(found.mode & 0o022)) return true
  throw new Error(`${folder} is not ours`)
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  const parent = dirname(folder)
  return (mode & 0o001) !== 0 && (parent === folder || isOpenToAll(parent))
}

/** For fontconfig: a machine without a screen may have no fonts at all. */
function fontsIn(folder: string): string {
  const folders = ['/usr/share/fonts', '/usr/local/share/fonts', folder]
  const places = folders.map((path) => `<dir>${path}</dir>`).join('')
  return `<fontconfig>${places}<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>\n`
}

/** Of the folder that it is unpacked to. Its package exports no manifest. */
async function packedName(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'))
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return PACKED + version
}
