import type { Deps } from '../../deps.ts'
import { drain, type Running, startLoop } from '../../platform/loop.ts'
import { tellLateHearers } from './deeds.ts'

const LOOK_EVERY_MS = 10_000

/** What is slow may get slower. Several processes may look. */
export function startWorseningWatch(deps: Deps): Running {
  return startLoop({
    name: 'tell what got slower',
    everyMs: LOOK_EVERY_MS,
    log: deps.log,
    work: (stopping) => drain(() => tellLateHearers(deps), stopping),
  })
}
