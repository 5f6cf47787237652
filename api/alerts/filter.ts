import type { AlertType, DeliveryStatus, WithheldReason } from '../../generated/prisma/enums.ts'

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
