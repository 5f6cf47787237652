import type { Stats } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Nothing that is in use is that old, but browsers; whoever misses one unpacks it anew. */
const LEFT_AFTER_MS = 86_400_000

/** Removes the folders of ours in `place` that are left there for a day. What stays is for the next time. */
export async function sweep(
  place: string,
  isOurName: (name: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const names = await readdir(place).catch(() => [])
  for (const name of names.filter(isOurName)) {
    if (signal.aborted) return
    const path = join(place, name)
    const found = await lstat(path).catch(() => null)
    if (found && isLeft(found)) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** Where everybody may write, a folder of that name may be somebody else's. */
function isLeft(found: Stats): boolean {
  const isOurs = found.isDirectory() && found.uid === process.getuid?.()
  return isOurs && found.mtimeMs < Date.now() - LEFT_AFTER_MS
}
