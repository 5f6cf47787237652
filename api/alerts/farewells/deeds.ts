import { randomUUIDv7 } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { hastenMore } from '../../outbox/haste/store.ts'
import type { Settled } from '../../outbox/lane.ts'
import type { Transaction } from '../../platform/database.ts'
import { handNews } from '../alert.ts'
import { insertAttempts } from '../attempts/store.ts'
import { readAudience } from '../audience/store.ts'
import { noteEnd, tellSomebodyElse } from '../deeds.ts'
import { digestedKinds } from '../pace/deeds.ts'
import { decideAlerts } from '../telling.ts'
import { type Farewell, farewell, inOrder, whereUnended } from './farewell.ts'
import {
  insertFarewell,
  joinFarewell,
  lockLeaving,
  readActor,
  readFarewell,
  readUnended,
  takeTurn,
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
  if (leaving.length === 0) return
  const news = leaving.map((one) => handNews(one, 'RESOLVED'))
  const unended = await readUnended(
    tx,
    leaving.map(({ incidentId }) => incidentId),
  )
  const audience = whereUnended(await readAudience(tx, news), unended)
  const { alerts } = decideAlerts(news, audience, at)
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
  if (farewells.length > 0) await takeTurn(tx, monitor.workspaceId)
  for (const one of inOrder(farewells)) await write(tx, one)
}

/** Whoever deletes many monitors does so within seconds: who reads of it is told in one message. */
async function write(tx: Transaction, one: Farewell): Promise<void> {
  const isJoined = digestedKinds.includes(one.recipient.channel) && (await joinFarewell(tx, one))
  if (!isJoined) await insertFarewell(tx, one)
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
  await tellSomebodyElse(deps, tx, await noteEnd(deps, tx, place, delivered.delivery))
}
