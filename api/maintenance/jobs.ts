import type { Deps } from '../deps.ts'
import { inTransaction } from '../platform/database.ts'
import { drain, type Running, startLoop } from '../platform/loop.ts'
import { SPANNED_DAYS } from './recurrence.ts'
import { BACK_MS, extendSpans, tellTurns } from './spans/deeds.ts'
import { readShortWindows } from './spans/store.ts'
import { deleteForgotten } from './store.ts'

const DAY_MS = 86_400_000
const EXTEND_MOST = 500
const TURN_EVERY_MS = 1_000
/** In one transaction: each may have been for years, with thousands of spans. */
const FORGET_MOST = 50

/** Keeps the spans of what recurs reckoned ahead. One window that cannot be harms no other. */
export async function extendWindows(deps: Deps): Promise<void> {
  const untilMs = deps.clock.now() + (SPANNED_DAYS - 1) * DAY_MS
  for (const windowId of await readShortWindows(deps.database.pool, untilMs, EXTEND_MOST)) {
    await extendSpans(deps, windowId).catch((error: unknown) => {
      deps.log.error({ err: error, windowId }, 'a maintenance window could not be reckoned ahead')
    })
  }
}

/** Removes deleted windows once all that they were is in no uptime any more. */
export async function forgetWindows({ database, clock }: Deps): Promise<void> {
  const beforeMs = clock.now() - BACK_MS
  let forgotten = FORGET_MOST
  while (forgotten === FORGET_MOST) {
    forgotten = await inTransaction(database, (tx) => deleteForgotten(tx, beforeMs, FORGET_MOST))
  }
}

/** Tells whoever follows live that work begins or ends. Several processes may. */
export function startTurns(deps: Deps): Running {
  return startLoop({
    name: 'tell turns of maintenance',
    everyMs: TURN_EVERY_MS,
    log: deps.log,
    work: (stopping) => drain(() => tellTurns(deps), stopping),
  })
}
