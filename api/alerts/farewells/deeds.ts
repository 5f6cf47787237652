import { randomUUIDv7 } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import type { Settled } from '../../outbox/lane.ts'
import type { Transaction } from '../../platform/database.ts'
import { handNews } from '../alert.ts'
import { insertAttempts } from '../attempts/store.ts'
import { readAudience } from '../audience/store.ts'
import { noteEnd, tellSomebodyElse } from '../deeds.ts'
import { decideAlerts } from '../telling.ts'
import { farewell } from './farewell.ts'
import { insertFarewells, lockLeaving, readActor, readFarewell } from './store.ts'

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
  if (leaving.length === 0) return
  const news = leaving.map((one) => handNews(one, 'RESOLVED'))
  const { alerts } = decideAlerts(news, await readAudience(tx, news), at)
  const deletion = { by: await readActor(tx, userId), at }
  const told = Map.groupBy(
    // Nobody would look at it again once quiet hours are over.
    alerts.filter(({ gate }) => gate.isOpen || gate.reason === 'QUIET_HOURS'),
    ({ incidentId }) => incidentId,
  )
  const farewells = leaving.flatMap((one) =>
    (told.get(one.incidentId) ?? []).map(({ recipient }) =>
      farewell(one, recipient, deletion, randomUUIDv7()),
    ),
  )
  await insertFarewells(tx, farewells)
}

/** An attempt to send one has come to something. Where it is given up nobody else is told: they heard of no beginning. */
export async function followFarewell(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  id: string,
  { delivered }: Settled,
): Promise<void> {
  const place = await readFarewell(tx, id)
  if (!place) return
  const { workspaceId, channelId } = place
  await insertAttempts(tx, { workspaceId, channelId }, delivered.attempts)
  await tellSomebodyElse(deps, tx, await noteEnd(deps, tx, place, delivered.delivery))
}
