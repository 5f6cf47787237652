import type { Deps } from '../../deps.ts'
import { forget } from '../attempts/jobs.ts'
import { deleteToldBefore } from './store.ts'

/** It counts for an hour; one more for clocks, and for whoever counts meanwhile. */
const TOLD_KEPT_MS = 2 * 3_600_000

/** Forgets what was told of deleted monitors, once it counts no more. Several processes may. */
export function forgetTold(deps: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  return forget(deps, TOLD_KEPT_MS, deleteToldBefore)
}
