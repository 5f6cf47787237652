import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserPlace } from './shot.ts'

export type PlaceOptions = {
  /** A Chromium of the operator's own; null: the one that came with the packages. */
  chromiumPath: string | null
  dataDir: string
}

/** Where the browser is; null where this machine has none. The one of the packages is unpacked when first asked for. */
export async function findBrowser({
  chromiumPath,
  dataDir,
}: PlaceOptions): Promise<BrowserPlace | null> {
  if (chromiumPath !== null) return { path: chromiumPath, fonts: null }
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const folder = join(dataDir, `chromium-${await packedVersion()}`)
  if (!(await exists(folder))) await unpack(dataDir, folder)
  return { path: join(folder, 'chromium'), fonts: folder }
}

/** Made beside its place and then moved there, so that a kill in the middle leaves nothing half made. */
async function unpack(dataDir: string, folder: string): Promise<void> {
  await mkdir(dataDir, { recursive: true })
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
    if (!(await exists(folder))) throw error
  }
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

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
