import type { DeliveryStatus } from '../../../generated/prisma/enums.ts'

/** Whether people know of an incident, as far as Pharos can tell. */
export type Telling = 'TOLD' | 'PENDING' | 'WITHHELD' | 'NOBODY'

/** By what became of the alerts that tell that it began; the best of them counts. */
export function tellingOf(statuses: readonly DeliveryStatus[]): Telling {
  if (statuses.includes('SENT')) return 'TOLD'
  if (statuses.includes('PENDING')) return 'PENDING'
  return statuses.includes('WITHHELD') ? 'WITHHELD' : 'NOBODY'
}
