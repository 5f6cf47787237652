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
import type { BrowserPlace, BrowserUser } from './shot.ts'

/** Open to every user, kept over a restart, and on a disk where /tmp may be in memory. */
const OPEN_FOLDER = '/var/tmp'

export type PlaceOptions = {
  /** A Chromium of the operator's own; null: the one that came with the packages. */
  chromiumPath: string | null
  dataDir: string
}

/**
 * Where the browser is that `user` can run; null where this machine has none. The one of the packages is
 * unpacked when first asked for.
 */
export async function findBrowser(
  { chromiumPath, dataDir }: PlaceOptions,
  user: BrowserUser | null,
): Promise<BrowserPlace | null> {
  if (chromiumPath !== null) return { path: chromiumPath, fonts: null }
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  await mkdir(dataDir, { recursive: true })
  const isReadable = user === null || (await isOpenToAll(dataDir))
  const folder = join(
    isReadable ? dataDir : OPEN_FOLDER,
    `pharos-chromium-${await packedVersion()}`,
  )
  if (!(await isOurs(folder))) await unpack(folder)
  return { path: join(folder, 'chromium'), fonts: folder }
}

/** Made beside its place and then moved there, so that a kill in the middle leaves nothing half made. */
async function unpack(folder: string): Promise<void> {
  const draft = await mkdtemp(`${folder}.new-`)
  try {
    const child = fork(new URL('unpack.ts', import.meta.url), { env: { TMPDIR: draft } })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`The browser could not be unpacked (${code})`)
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

/** Its package exports no manifest. */
async function packedVersion(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'))
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  return version
}
