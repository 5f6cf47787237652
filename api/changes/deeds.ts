import type { Transaction } from '../platform/database.ts'
import { type Change, condense } from './change.ts'
import { appendChanges } from './store.ts'

const announcedIn = new WeakMap<Transaction, Change[]>()

/**
 * Tells whoever follows the workspace, once the transaction is committed. However often an object is
 * announced in it, one change of it is kept.
 */
export function announce(tx: Transaction, changes: readonly Change[]): void {
  if (changes.length === 0) return
  const announced = announcedIn.get(tx)
  if (announced) announced.push(...changes)
  else begin(tx, [...changes])
}

function begin(tx: Transaction, announced: Change[]): void {
  announcedIn.set(tx, announced)
  tx.beforeCommit(async () => {
    await appendChanges(tx, condense(announced))
    tx.onceCommitted(({ bus }) => {
      bus.publish('changes', [...new Set(announced.map(({ workspaceId }) => workspaceId))])
    })
  })
}
