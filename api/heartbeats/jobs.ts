import type { Deps } from '../deps.ts'
import { setAside } from '../monitors/deeds.ts'
import { isPassing } from '../platform/database.ts'
import { type Running, startLoop } from '../platform/loop.ts'
import { missRun } from './deeds.ts'
import { putOffDeadline, readDueMonitors } from './store.ts'

const LOOK_EVERY_MS = 1_000
const LOOK_MOST = 500

/** Looks for jobs that have not called in time. */
export function startDeadlineWatch(deps: Deps): Running {
  return startLoop({
    name: 'look for missed heartbeats',
    everyMs: LOOK_EVERY_MS,
    log: deps.log,
    work: () => missDueRuns(deps),
  })
}

/** Each in a transaction of its own: one that cannot be judged harms no other. */
export async function missDueRuns(deps: Deps): Promise<void> {
  const monitorIds = await readDueMonitors(deps.database.pool, deps.clock.now(), LOOK_MOST)
  for (const monitorId of monitorIds) await missOne(deps, monitorId)
}

async function missOne(deps: Deps, monitorId: string): Promise<void> {
  try {
    const isReadable = await missRun(deps, monitorId)
    if (!isReadable) await setAside(deps, monitorId, UNREADABLE, new Error('it breaks a rule'))
  } catch (error) {
    if (isPassing(error)) throw error
    deps.log.error(
      { err: error, monitorId },
      'a missed heartbeat could not be told, it comes again',
    )
    await putOffDeadline(deps.database.pool, monitorId)
  }
}

const UNREADABLE = 'its plan cannot be read'
