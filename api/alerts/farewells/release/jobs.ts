import type { Deps } from '../../../deps.ts'
import { drain, type Running, startLoop } from '../../../platform/loop.ts'
import { reviewFarewells } from './deeds.ts'

const REVIEW_EVERY_MS = 1_000

/** Lets farewells go once nothing joins them any more. Several processes may. */
export function startFarewellReview(deps: Deps): Running {
  return startLoop({
    name: 'review farewells',
    everyMs: REVIEW_EVERY_MS,
    log: deps.log,
    work: (stopping) => drain(() => reviewFarewells(deps), stopping),
  })
}
