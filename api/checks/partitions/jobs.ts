import type { Deps } from '../../deps.ts'
import { type Loop, startLoop } from '../../platform/loop.ts'
import { keepPartitions } from './deeds.ts'

const KEEP_EVERY_MS = 3_600_000

/** The days of `checks` come and go. */
export function startPartitioning(deps: Deps): Loop {
  return startLoop({
    name: 'keep the partitions of checks',
    everyMs: KEEP_EVERY_MS,
    log: deps.log,
    work: () => keepPartitions(deps),
  })
}
