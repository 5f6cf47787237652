import type { AlertChannel } from '../../generated/prisma/enums.ts'
import type { Lane } from '../outbox/lane.ts'
import { type Channel, channels } from './channel.ts'
import { followAttempt } from './deeds.ts'
import { readNotice } from './store.ts'

/** Every channel is a lane of the outbox. */
export const alertLanes: Lane[] = Object.entries(channels).map(([name, channel]) =>
  alertLane(name as AlertChannel, channel),
)

function alertLane(name: AlertChannel, channel: Channel): Lane {
  return {
    name,
    queue: { table: 'alerts', channel: name },
    async send(deps, alertId, signal) {
      const notice = await readNotice(deps.database.pool, alertId)
      if (!notice) return { outcome: 'PERMANENT', why: 'its monitor is gone' }
      return channel.send(deps, notice, signal)
    },
    whenSettled: followAttempt,
  }
}
