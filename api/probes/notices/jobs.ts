import type { Deps } from '../../deps.ts'
import { type Loop, startLoop } from '../../platform/loop.ts'
import { noteSilentProbes } from './deeds.ts'

const LOOK_EVERY_MS = 5_000
/** A look that comes so late says that we were away ourselves: stopped, or without a database. */
const AWAY_AFTER_MS = 30_000

/** Looks for probes that have fallen silent. */
export function startProbeWatch(deps: Deps): Loop {
  let watchedSince = deps.clock.now()
  let lookedAt = watchedSince
  return startLoop({
    name: 'look for silent probes',
    everyMs: LOOK_EVERY_MS,
    log: deps.log,
    async work() {
      const nowMs = deps.clock.now()
      if (Math.abs(nowMs - lookedAt) > AWAY_AFTER_MS) watchedSince = nowMs
      await noteSilentProbes(deps, watchedSince)
      lookedAt = nowMs
    },
  })
}
