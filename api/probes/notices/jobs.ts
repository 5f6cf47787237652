import type { GuardedChecker } from '../../../agent/health.ts'
import type { Deps } from '../../deps.ts'
import { type Running, startLoop } from '../../platform/loop.ts'
import { noteOwnHealth, noteSilentProbes } from './deeds.ts'
import { beginWatch, keepWatch } from './watch.ts'

const LOOK_EVERY_MS = 5_000
const LOOK_AT_OURSELVES_EVERY_MS = 1_000

/** Looks for probes that have fallen silent. */
export function startProbeWatch(deps: Deps): Running {
  let watch = beginWatch(deps.clock.now())
  return startLoop({
    name: 'look for silent probes',
    everyMs: LOOK_EVERY_MS,
    log: deps.log,
    async work() {
      const kept = keepWatch(watch, deps.clock.now())
      await noteSilentProbes(deps, kept.since)
      // Not before: a look that failed was none.
      watch = kept
    },
  })
}

/** Tells of the built-in agent's own network, once when it goes and once when it is back. */
export function startOwnHealthWatch(
  deps: Deps,
  checker: Pick<GuardedChecker, 'unhealthySince'>,
): Running {
  // What a process before this one told of is taken back as soon as anything is reached.
  let told: number | null | undefined
  return startLoop({
    name: 'look at our own network',
    everyMs: LOOK_AT_OURSELVES_EVERY_MS,
    log: deps.log,
    async work() {
      const unhealthySince = checker.unhealthySince()
      if (unhealthySince === undefined || unhealthySince === told) return
      await noteOwnHealth(deps, unhealthySince)
      told = unhealthySince
    },
  })
}
