import type { Deps } from '../deps.ts'
import { RETENTION_DAYS } from './change.ts'
import { deleteChangesBefore } from './store.ts'

const RETENTION_MS = RETENTION_DAYS * 86_400_000
/** Changes deleted in one statement: far inside its timeout. */
const CHUNK = 10_000

/** Forgets changes that no cursor can be behind any more. Several processes may. */
export async function purgeChanges({ database, clock }: Pick<Deps, 'database' | 'clock'>) {
  const before = clock.now() - RETENTION_MS
  let deleted = CHUNK
  while (deleted >= CHUNK) deleted = await deleteChangesBefore(database.pool, before, CHUNK)
}
