import type { Deps } from '../../deps.ts'
import type { Sql } from '../../platform/database.ts'
import { deleteAttemptsBefore } from './store.ts'

/** Long enough to look into what a receiver says it never got. */
export const SENT_KEPT_MS = 30 * 86_400_000
/** Deleted at once: far inside the statement timeout. */
const CHUNK = 10_000

/** Forgets what was sent to whom long ago; the alerts stay. Several processes may. */
export function forgetAttempts(deps: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  return forget(deps, SENT_KEPT_MS, deleteAttemptsBefore)
}

/** Forgets what is older than it is kept, chunk by chunk. */
export async function forget(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  keptMs: number,
  deleteBefore: (sql: Sql, at: number, most: number) => Promise<number>,
): Promise<void> {
  const before = clock.now() - keptMs
  while ((await deleteBefore(database.pool, before, CHUNK)) === CHUNK);
}
