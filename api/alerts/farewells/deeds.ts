import { randomUUIDv7 } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { hastenMore } from '../../outbox/haste/store.ts'
import type { Settled } from '../../outbox/lane.ts'
import type { Transaction } from '../../platform/database.ts'
import { type AlertIntent, handNews } from '../alert.ts'
import { insertAttempts } from '../attempts/store.ts'
import { readAudience } from '../audience/store.ts'
import { noteEnd, tellSomebodyElse } from '../deeds.ts'
import { digestedKinds } from '../pace/deeds.ts'
import { keepTold } from '../pace/store.ts'
import { decideAlerts } from '../telling.ts'
import { type Deletion, type Farewell, farewell, type Leaving, whereUnended } from './farewell.ts'
import {
  insertFarewells,
  lockLeaving,
  readActor,
  readFarewell,
  readUnended,
  withdrawUntold,
} from './store.ts'

/**
 * Before a monitor is deleted, and all its alerts with it: whoever was told that something is wrong with it is told
 * that this is over. Its row must be locked.
 */
export async function bidFarewell(
  tx: Transaction,
  monitor: { id: string; workspaceId: string },
  { userId, at }: { userId: string; at: number },
): Promise<void> {
  const leaving = await lockLeaving(tx, monitor)
  await withdrawUntold(tx, monitor)
  await keepTold(tx, monitor, digestedKinds)
  if (leaving.length === 0) return
  const news = leaving.map((one) => handNews(one, 'RESOLVED'))
  const unended = await readUnended(
    tx,
    leaving.map(({ incidentId }) => incidentId),
  )
  const audience = whereUnended(await readAudience(tx, news), unended)
  const { alerts } = decideAlerts(news, audience, at)
  const deletion = { by: await readActor(tx, userId), at }
  await insertFarewells(tx, farewellsOf(leaving, alerts, deletion))
}

function farewellsOf(
  leaving: readonly Leaving[],
  alerts: readonly AlertIntent[],
  deletion: Deletion,
): Farewell[] {
  const told = Map.groupBy(
    // Of quiet hours it is asked when it is let go.
    alerts.filter(({ gate }) => gate.isOpen || gate.reason === 'QUIET_HOURS'),
    ({ incidentId }) => incidentId,
  )
  const ends = leaving.flatMap((one) =>
    (told.get(one.incidentId) ?? []).map(({ recipient }) => ({ one, recipient })),
  )
  // Of one millisecond they ascend by chance alone.
  const ids = ends.map(() => randomUUIDv7()).toSorted()
  return ends.map(({ one, recipient }, index) => farewell(one, recipient, deletion, ids[index]!))
}

/** An attempt to send one has come to something. Where it is given up nobody else is told: they heard of no beginning. */
export async function followFarewell(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  id: string,
  { settlement, delivered }: Settled,
): Promise<void> {
  const place = await readFarewell(tx, id)
  if (!place) return
  const { workspaceId, channelId } = place
  await insertAttempts(tx, { workspaceId, channelId }, delivered.attempts)
  if (settlement.status === 'SENT') await hastenMore(tx, 'farewells', id)
  await tellSomebodyElse(deps, tx, await noteEnd(deps, tx, place, delivered))
}
