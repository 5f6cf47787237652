import type { Deps } from '../deps.ts'
import { setAside } from '../monitors/deeds.ts'
import { isPassing } from '../platform/database.ts'
import { type Running, startLoop } from '../platform/loop.ts'
import { missRun } from './deeds.ts'
import { notePresence, putOffDeadline, readDueMonitors } from './store.ts'

const LOOK_EVERY_MS = 1_000
const LOOK_MOST = 500
const NOTE_PRESENCE_EVERY_MS = 2_000
/** One note may fail, and the next one come late. */
const AWAY_AFTER_MS = 5_000

/** For processes that jobs can call: notes that they can, once for all of them. */
export function startPresence(deps: Deps): Running {
  return startLoop({
    name: 'note that jobs can call',
    everyMs: NOTE_PRESENCE_EVERY_MS,
    log: deps.log,
    work: () => bePresent(deps),
  })
}

export function bePresent({ database, clock }: Deps): Promise<void> {
  return notePresence(database.pool, clock.now(), AWAY_AFTER_MS)
}

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
