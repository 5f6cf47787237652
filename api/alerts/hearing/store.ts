import type { DeliveryStatus } from '../../../generated/prisma/enums.ts'
import type { Deps } from '../../deps.ts'
import { beginnings } from '../alert.ts'

/** In the order of the ids: what became of the alerts that tell that these incidents began. */
export async function readStatuses(
  { database }: Deps,
  workspaceId: string,
  incidentIds: readonly string[],
): Promise<DeliveryStatus[][]> {
  const rows = await database.prisma.alert.groupBy({
    by: ['incidentId', 'status'],
    where: { workspaceId, incidentId: { in: [...incidentIds] }, type: { in: [...beginnings] } },
  })
  const byIncident = Map.groupBy(rows, ({ incidentId }) => incidentId)
  return incidentIds.map((id) => (byIncident.get(id) ?? []).map(({ status }) => status))
}
