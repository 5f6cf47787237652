import type { Principal } from '../../accounts/principal.ts'
import { ofAlert } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { lockAlert, markPending } from './store.ts'

/** Sends again, under the same id, what was sent or given up. A receiver that has it can tell. */
export function redeliverAlert(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const alert = await lockAlert(tx, { id, workspaceId })
    if (alert === null) throw notFound()
    const { status, monitorId } = alert
    if (status === 'PENDING') throw new Refusal('CONFLICT', 'It is on its way already.')
    if (status === 'WITHHELD') throw new Refusal('CONFLICT', 'It is withheld.')
    await markPending(tx, id)
    announce(tx, [ofAlert({ alertId: id, workspaceId, monitorId }, 'UPDATED')])
  })
}
