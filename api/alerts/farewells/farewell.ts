import {
  type Audience,
  type Goal,
  isSame,
  type Recipient,
  whereListening,
} from '../audience/audience.ts'
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

/** Who was told that an incident began, or may have been, and has not been told that it ended. */
export type Unended = Goal & { incidentId: string }

/** The last word on it to one recipient. */
export type Farewell = { workspaceId: string; recipient: Recipient; notice: Notice }

/** Who deleted the monitor, null where nobody can be named, and when. */
export type Deletion = { by: string | null; at: number }

/** Only these listen. The heir of a mailbox among them, which has no part in the monitor any more, is found by it. */
export function whereUnended(audience: Audience, unended: readonly Unended[]): Audience {
  return whereListening(audience, (incidentId, recipient) =>
    unended.some((one) => one.incidentId === incidentId && isSame(one, recipient)),
  )
}

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
    isAcknowledgedThere: false,
    statusAfter: null,
    regions: [],
    regionCount: 0,
    lastGoodAt: null,
    certificateExpiresAt: null,
    screenshotUrl: null,
  }
  return { workspaceId, recipient, notice }
}
