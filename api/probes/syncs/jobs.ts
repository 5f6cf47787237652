import type { Deps } from '../../deps.ts'
import { deleteOldMessages } from './store.ts'

/** Forgets the messages whose signatures would be refused for their age. */
export async function purgeMessages({ database, clock }: Deps): Promise<void> {
  await deleteOldMessages(database.pool, clock.now())
}
