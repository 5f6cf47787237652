import { availableParallelism } from 'node:os'
import type { Deps } from '../../deps.ts'
import { type Running, startLoop, together } from '../../platform/loop.ts'
import { forgetExpired, takeNext } from './deeds.ts'
import { unusedPictures } from './store.ts'

const POLL_MS = 1_000
/** On many cores too: each hand asks the database every second. */
const MAX_HANDS = 4
/** A picture is kept before the row that names it is settled. */
const SETTLED_AFTER_MS = 3_600_000

/** Takes what is due, one at a time per core: a browser keeps one busy. */
export function startEvidence(deps: Deps): Running {
  const loops = Array.from({ length: Math.min(availableParallelism(), MAX_HANDS) }, () =>
    startLoop({
      name: 'take evidence',
      everyMs: POLL_MS,
      log: deps.log,
      work: (signal) => takeAllDue(deps, signal),
    }),
  )
  return together(loops)
}

/** Removes evidence that is older than it is kept, and pictures whose incidents are gone. */
export async function forgetEvidence(deps: Deps): Promise<void> {
  let isDone = false
  while (!isDone) isDone = await forgetExpired(deps)
  const old = await deps.media.namesOlderThan(SETTLED_AFTER_MS)
  for (const name of await unusedPictures(deps.database.pool, old)) await deps.media.remove(name)
}

async function takeAllDue(deps: Deps, signal: AbortSignal): Promise<void> {
  let isMore = true
  while (isMore && !signal.aborted) isMore = await takeNext(deps, signal)
}
