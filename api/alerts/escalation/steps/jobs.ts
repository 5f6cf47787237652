import type { Deps } from '../../../deps.ts'
import { drain, type Running, startLoop } from '../../../platform/loop.ts'
import { takeDueSteps } from './deeds.ts'

const LOOK_EVERY_MS = 1_000

/** Tells others where nobody has acknowledged in time. Several processes may. */
export function startEscalation(deps: Deps): Running {
  return startLoop({
    name: 'escalate incidents',
    everyMs: LOOK_EVERY_MS,
    log: deps.log,
    work: (stopping) => drain(() => takeDueSteps(deps), stopping),
  })
}
