import { availableParallelism } from 'node:os'
import type { Deps } from '../../deps.ts'
import { drain, type Running, startLoop, together } from '../../platform/loop.ts'
import { forgetExpired, takeNext } from './deeds.ts'
import { removeUnused } from './pictures/deeds.ts'

const POLL_MS = 1_000
/** On many cores too: each hand asks the database every second. */
const MAX_HANDS = 4

/** Takes what is due, one at a time per core: a browser keeps one busy. */
export function startEvidence(deps: Deps): Running {
  const loops = Array.from({ length: Math.min(availableParallelism(), MAX_HANDS) }, () =>
    startLoop({
      name: 'take evidence',
      everyMs: POLL_MS,
      log: deps.log,
      work: (signal) => drain(async () => !(await takeNext(deps, signal)), signal),
    }),
  )
  return together(loops)
}

/** Removes evidence that is older than it is kept, pictures without evidence, and what a kill has left. */
export async function forgetEvidence(deps: Deps, signal: AbortSignal): Promise<void> {
  await drain(() => forgetExpired(deps), signal)
  await removeUnused(deps, signal)
  await deps.camera.sweep(signal)
}
