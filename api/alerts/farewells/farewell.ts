import type { Recipient } from '../audience/audience.ts'
import type { Notice } from '../message.ts'

/** An incident that goes with its monitor before its end was told to everybody. Instants are epoch milliseconds. */
export type Leaving = Pick<
  Notice,
  | 'incidentId'
  | 'incidentKind'
  | 'monitorId'
  | 'monitorName'
  | 'monitorKind'
  | 'target'
  | 'startedAt'
  | 'resolvedAt'
  | 'cause'
> & { workspaceId: string }

/** The last word on it to one recipient. */
export type Farewell = { workspaceId: string; recipient: Recipient; notice: Notice }

/** Who deleted the monitor, null where nobody can be named, and when. */
export type Deletion = { by: string | null; at: number }

/** All that is told, as nothing of it can be read any more when it is sent. `id` stands for that of the alert. */
export function farewell(
  { workspaceId, ...leaving }: Leaving,
  recipient: Recipient,
  { by, at }: Deletion,
  id: string,
): Farewell {
  const notice: Notice = {
    ...leaving,
    alertId: id,
    type: 'RESOLVED',
    recipient: recipient.address,
    resolvedAt: leaving.resolvedAt ?? at,
    decidedAt: at,
    entry: { text: 'The monitor was deleted.', by },
    timeZone: 'UTC',
    lateness: null,
    daysLeft: null,
    isRetracted: false,
    isUnattended: false,
    statusAfter: null,
    regions: [],
    regionCount: 0,
    lastGoodAt: null,
    certificateExpiresAt: null,
    screenshotUrl: null,
  }
  return { workspaceId, recipient, notice }
}
