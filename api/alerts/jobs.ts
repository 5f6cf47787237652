import type { Lane } from '../outbox/lane.ts'
import { alertChannels } from './channels/channel.ts'
import { followAttempt } from './deeds.ts'
import { sendAlert } from './sending/deeds.ts'

/** A mail server takes a few at once; services and programs are many, and slow ones wait for nothing of ours. */
const HANDS = { EMAIL: 10, OTHERS: 40 }

/** Every kind of channel is a lane of the outbox. */
export const alertLanes: Lane[] = alertChannels.map((kind) => ({
  name: kind,
  queue: { table: 'alerts', channel: kind },
  hands: kind === 'EMAIL' ? HANDS.EMAIL : HANDS.OTHERS,
  send: (deps, alertId, signal) => sendAlert(deps, { alertId, kind }, signal),
  whenSettled: followAttempt,
}))
