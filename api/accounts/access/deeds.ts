import type { Transaction } from '../../platform/database.ts'

/** Somebody may see less than before: once it is committed, what they follow is looked at again at once. */
export function withdrawAccess(tx: Transaction, whoseId: string): void {
  tx.onceCommitted(({ bus }) => bus.publish('access', [whoseId]))
}
