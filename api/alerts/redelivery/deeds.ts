import type { Principal } from '../../accounts/principal.ts'
import { ofAlert } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { hastenMore } from '../../outbox/haste/store.ts'
import type { Settled } from '../../outbox/lane.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { isBeginning } from '../alert.ts'
import { insertAttempts } from '../attempts/store.ts'
import { isSame, whereListening } from '../audience/audience.ts'
import { readAudience } from '../audience/store.ts'
import { noteEnd, tellSomebodyElse, writeAlerts } from '../deeds.ts'
import { isToCome } from '../endings/ending.ts'
import { readEndings } from '../endings/store.ts'
import { lockIncidentsOf, readFamilies } from '../store.ts'
import { decideEnd } from '../telling.ts'
import {
  insertRedelivery,
  lockAlert,
  lockPendingOf,
  markSentAfterAll,
  readResent,
} from './store.ts'

/** Sends again, under the same id, what was sent or given up. A receiver that has it can tell. */
export function redeliverAlert(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    await lockPendingOf(tx, { id, workspaceId })
    const alert = await lockAlert(tx, { id, workspaceId })
    if (alert === null) throw notFound()
    if (alert.status === 'PENDING') throw onItsWay()
    if (alert.status === 'WITHHELD') throw new Refusal('CONFLICT', 'It is withheld.')
    if (!(await insertRedelivery(tx, { id, workspaceId }))) throw onItsWay()
  })
}

/** An attempt to send an alert again has come to something; the alert itself stays what it was made. */
export async function followRedelivery(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  redeliveryId: string,
  { settlement, delivered }: Settled,
): Promise<void> {
  const alert = await readResent(tx, redeliveryId)
  if (!alert) return
  announce(tx, [ofAlert(alert, 'UPDATED')])
  await insertAttempts(tx, alert, delivered.attempts)
  if (settlement.status === 'SENT') {
    if (await markSentAfterAll(tx, alert)) await tellEnd(deps, tx, alert.alertId)
    await hastenMore(tx, 'redeliveries', redeliveryId)
  }
  await tellSomebodyElse(deps, tx, await noteEnd(deps, tx, alert, delivered))
}

/** Who knows of a beginning is told its end after it: again, unless that is still to come. */
async function tellEnd(
  { clock }: Pick<Deps, 'clock'>,
  tx: Transaction,
  alertId: string,
): Promise<void> {
  await lockIncidentsOf(tx, [alertId])
  const [family] = await readFamilies(tx, [alertId])
  if (!family || !isBeginning(family.news.type)) return
  const [ending] = (await readEndings(tx, [family.news.incidentId])).values()
  if (!ending) return
  const hearer = family.tried[0]!.recipient
  const audience = whereListening(await readAudience(tx, [ending.news]), (_, recipient) =>
    isSame(recipient, hearer),
  )
  const alerts = decideEnd(ending, audience, clock.now())
  await writeAlerts(
    tx,
    alerts.filter(({ recipient }) => !isToCome(ending, recipient)),
  )
}

function onItsWay(): Refusal {
  return new Refusal('CONFLICT', 'It is on its way already.')
}
