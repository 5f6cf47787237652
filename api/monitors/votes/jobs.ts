import type { Deps } from '../../deps.ts'
import { type Running, startLoop } from '../../platform/loop.ts'
import { setAside } from '../deeds.ts'
import { silenceVotes } from './deeds.ts'

const SILENCE_EVERY_MS = 1_000

/** Looks for regions that have gone silent; their votes stop counting from the end of their freshness. */
export function startSilenceWatch(deps: Deps): Running {
  return startLoop({
    name: 'look for silent votes',
    everyMs: SILENCE_EVERY_MS,
    log: deps.log,
    async work() {
      for (const { monitorId, error } of await silenceVotes(deps)) {
        await setAside(deps, monitorId, 'its votes cannot be read', error)
      }
    },
  })
}
