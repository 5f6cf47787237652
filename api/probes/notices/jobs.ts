import type { GuardedChecker } from '../../../agent/health.ts'
import type { Deps } from '../../deps.ts'
import { type Running, startLoop } from '../../platform/loop.ts'
import { noteOwnHealth, noteSilentProbes } from './deeds.ts'

const LOOK_EVERY_MS = 5_000
const LOOK_AT_OURSELVES_EVERY_MS = 1_000
/** A look that comes so late says that we were away ourselves: stopped, or without a database. */
const AWAY_AFTER_MS = 30_000

/** Looks for probes that have fallen silent. */
export function startProbeWatch(deps: Deps): Running {
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
