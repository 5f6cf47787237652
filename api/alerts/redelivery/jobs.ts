import type { Deps } from '../../deps.ts'
import type { Lane } from '../../outbox/lane.ts'
import type { Delivered } from '../channels/attempt.ts'
import { never, sendAlert } from '../sending/deeds.ts'
import { followRedelivery } from './deeds.ts'
import { readResent } from './store.ts'

const HANDS = 10

/** What people have sent again, of all kinds in one lane: nothing of it delays an alert. */
export const redeliveryLane: Lane = {
  name: 'redeliveries',
  queue: { table: 'redeliveries', channel: null },
  hands: HANDS,
  send,
  whenSettled: followRedelivery,
}

async function send(deps: Deps, redeliveryId: string, signal: AbortSignal): Promise<Delivered> {
  const alert = await readResent(deps.database.pool, redeliveryId)
  return alert ? sendAlert(deps, alert, signal) : never(deps, 'its monitor is gone')
}
