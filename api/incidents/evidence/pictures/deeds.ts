import type { Deps } from '../../../deps.ts'
import { drain } from '../../../platform/loop.ts'
import { newMediaName, type Shelf } from '../../../platform/media.ts'
import type { KeptPicture } from '../evidence.ts'
import { claimUnused, forgetPicture, notePicture } from './store.ts'

const REMOVED_AT_ONCE = 10

/** Its name is noted before: whoever dies in between leaves nothing that nobody knows of. Null: it cannot be kept now. */
export async function keepPicture(
  { database, media: { shelf } }: Deps,
  png: Uint8Array,
  signal: AbortSignal,
): Promise<KeptPicture | null> {
  const name = newMediaName()
  await notePicture(database.pool, name, shelf.place)
  const url = await shelf.keep(name, png, signal)
  return url === null ? null : { name, url }
}

/**
 * Removes pictures without evidence from where they were put. What cannot be removed now, or is out of reach, stays
 * noted; where nothing can be, the round ends, and the next one tries again.
 */
export async function removeUnused(deps: Deps, signal: AbortSignal): Promise<void> {
  for (const shelf of deps.media.shelves) {
    await drain(() => removeSome(deps, shelf, signal), signal)
  }
}

/** True when none of them could be removed, or none is left. */
async function removeSome(
  { database: { pool } }: Deps,
  shelf: Shelf,
  signal: AbortSignal,
): Promise<boolean> {
  const names = await claimUnused(pool, shelf.place, REMOVED_AT_ONCE)
  const removals = names.map(async (name) => {
    const isRemoved = await shelf.remove(name, signal)
    if (isRemoved) await forgetPicture(pool, name)
    return isRemoved
  })
  return !(await Promise.all(removals)).includes(true)
}
