import type { Deps } from '../../deps.ts'
import { readChannelsById } from '../channels/store.ts'
import type { AlertFilter } from '../filter.ts'
import { matchingAlerts } from '../store.ts'
import type { ExportedAlert } from './table.ts'

/** A page, newest first, of what was decided before the alert `before`. */
export async function readPage(
  deps: Pick<Deps, 'database'>,
  workspaceId: string,
  filter: AlertFilter,
  { before, most }: { before: string | null; most: number },
): Promise<ExportedAlert[]> {
  const where = await matchingAlerts(deps, workspaceId, filter)
  const alerts = await deps.database.prisma.alert.findMany({
    where: { AND: [where, before === null ? {} : { id: { lt: before } }] },
    include: { monitor: { select: { name: true, target: true } } },
    orderBy: { id: 'desc' },
    take: most,
  })
  const ids = [...new Set(alerts.map(({ channelId }) => channelId).filter((id) => id !== null))]
  const channels = await readChannelsById(deps, workspaceId, ids)
  const names = new Map(channels.map((channel) => [channel?.id, channel?.name]))
  return alerts.map((alert) => ({
    ...alert,
    channelName: names.get(alert.channelId ?? '') ?? null,
  }))
}
