import type { AlertType, DeliveryStatus, WithheldReason } from '../../generated/prisma/enums.ts'
import { uuidOf } from '../graphql/ids.ts'

/** Which alerts to list; what is left out or null does not matter. `from` and `to` keep what was decided in [from, to). */
export type AlertFilter = {
  status?: readonly DeliveryStatus[] | null
  type?: readonly AlertType[] | null
  withheldReason?: readonly WithheldReason[] | null
  monitorId?: string | null
  incidentId?: string | null
  channelId?: string | null
  contactId?: string | null
  from?: Date | null
  to?: Date | null
}

/** A filter as a caller says it, with the ids of the API. */
export function filterOf(given: AlertFilter | null | undefined): AlertFilter {
  const { monitorId, incidentId, channelId, contactId, ...rest } = given ?? {}
  return {
    ...rest,
    monitorId: monitorId ? uuidOf('Monitor', monitorId) : null,
    incidentId: incidentId ? uuidOf('Incident', incidentId) : null,
    channelId: channelId ? uuidOf('Channel', channelId) : null,
    contactId: contactId ? uuidOf('Contact', contactId) : null,
  }
}
