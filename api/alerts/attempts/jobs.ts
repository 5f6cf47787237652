import type { Deps } from '../../deps.ts'
import { deleteAttemptsBefore } from './store.ts'

/** Long enough to look into what a receiver says it never got. */
const KEPT_MS = 30 * 86_400_000
/** Deleted at once: far inside the statement timeout. */
const CHUNK = 10_000

/** Forgets what was sent to whom long ago; the alerts stay. Several processes may. */
export async function forgetAttempts({
  database,
  clock,
}: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  const before = clock.now() - KEPT_MS
  while ((await deleteAttemptsBefore(database.pool, before, CHUNK)) === CHUNK);
}
