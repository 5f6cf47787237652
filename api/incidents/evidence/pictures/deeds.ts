import type { Deps } from '../../../deps.ts'
import { newMediaName } from '../../../platform/media.ts'
import type { KeptPicture } from '../evidence.ts'
import { forgetPicture, notePicture, unusedPictures } from './store.ts'

const READ_AT_ONCE = 500

/** Its name is noted before: whoever dies in between leaves nothing that nobody knows of. Null: it cannot be kept now. */
export async function keepPicture(
  { database, media }: Deps,
  png: Uint8Array,
  signal: AbortSignal,
): Promise<KeptPicture | null> {
  const name = newMediaName()
  await notePicture(database.pool, name)
  const url = await media.keep(name, png, signal)
  return url === null ? null : { name, url }
}

/** Removes pictures without evidence, wherever they are kept; what cannot be removed now stays noted. */
export async function removeUnused(deps: Deps, signal: AbortSignal): Promise<void> {
  let names = await unusedPictures(deps.database.pool, '', READ_AT_ONCE)
  while (names.length > 0 && !signal.aborted) {
    for (const name of names) await removePicture(deps, name, signal)
    names = await unusedPictures(deps.database.pool, names.at(-1) ?? '', READ_AT_ONCE)
  }
}

async function removePicture(deps: Deps, name: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || !(await deps.media.remove(name, signal))) return
  await forgetPicture(deps.database.pool, name)
}
