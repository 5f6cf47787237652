import { ofAlert } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { hastenMore } from '../../outbox/haste/store.ts'
import type { Settled } from '../../outbox/lane.ts'
import type { Transaction } from '../../platform/database.ts'
import { insertAttempts } from '../attempts/store.ts'
import { noteEnd, tellSomebodyElse } from '../deeds.ts'
import { settleFarewellsOf } from '../farewells/release/store.ts'
import { forgetContent, readDigestPlace, settleAlertsOf } from './store.ts'

/** An attempt to send a digest has come to something: so it has for every alert in it. */
export async function followDigest(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  digestId: string,
  { settlement, delivered }: Settled,
): Promise<void> {
  const place = await readDigestPlace(tx, digestId)
  if (!place) return
  await insertAttempts(tx, { ...place, digestId }, delivered.attempts)
  if (settlement.status !== 'PENDING') await forgetContent(tx, digestId)
  if (settlement.status === 'SENT') await hastenMore(tx, 'digests', digestId)
  const alerts = await settleAlertsOf(tx, digestId, settlement)
  await settleFarewellsOf(tx, digestId, settlement)
  announce(
    tx,
    alerts.map((alert) => ofAlert(alert, 'UPDATED')),
  )
  const abandoned = await noteEnd(deps, tx, place, delivered)
  const failed = settlement.status === 'FAILED' ? alerts.map(({ alertId }) => alertId) : []
  await tellSomebodyElse(deps, tx, [...failed, ...abandoned])
}
