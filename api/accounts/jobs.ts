import type { Deps } from '../deps.ts'
import { deleteMailsExpiredBefore } from './mails/store.ts'
import { SESSION_IDLE_MS } from './sessions/session.ts'
import { deleteEndedSessions } from './sessions/store.ts'

/** For who asks what became of a link that no longer works. */
const EXPIRED_MAIL_KEPT_MS = 30 * 86_400_000

/** Forgets sessions that have ended and mails whose links have long expired. Several processes may. */
export async function forgetEnded({
  database,
  clock,
}: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  const at = clock.now()
  await deleteEndedSessions(database.pool, { at, unusedSince: at - SESSION_IDLE_MS })
  await deleteMailsExpiredBefore(database.pool, at - EXPIRED_MAIL_KEPT_MS)
}
