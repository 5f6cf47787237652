import type { Deps } from '../../deps.ts'
import { drain, type Running, startLoop } from '../../platform/loop.ts'
import { reviewWithheld } from './deeds.ts'

const REVIEW_EVERY_MS = 1_000

/** Lets withheld alerts go when nothing holds them back any more. Several processes may. */
export function startReview(deps: Deps): Running {
  return startLoop({
    name: 'review withheld alerts',
    everyMs: REVIEW_EVERY_MS,
    log: deps.log,
    work: (stopping) => drain(() => reviewWithheld(deps), stopping),
  })
}
