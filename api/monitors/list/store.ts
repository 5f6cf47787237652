import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'
import type { Page } from '../../page.ts'
import { isBeyond, type MonitorOrder, type MonitorPlace, orderOf } from './list.ts'

export type MonitorQuery = Pick<Prisma.MonitorFindUniqueArgs, 'select' | 'include'>

export function readMonitor(
  { database }: Deps,
  where: { id: string; workspaceId: string },
  query: MonitorQuery,
) {
  return database.prisma.monitor.findUnique({ ...query, where })
}

type Stretch = { where: Prisma.MonitorWhereInput; order: MonitorOrder; page: Page<MonitorPlace> }

export function readMonitors(
  { database }: Deps,
  { where, order, page }: Stretch,
  query: MonitorQuery,
) {
  const { after, before, isBackward, most } = page
  const bounds = [
    ...(after ? [isBeyond(after, order, false)] : []),
    ...(before ? [isBeyond(before, order, true)] : []),
  ]
  return database.prisma.monitor.findMany({
    ...query,
    where: { AND: [where, ...bounds] },
    orderBy: orderOf(order, isBackward),
    take: most,
  })
}

export function countMonitors(
  { database }: Deps,
  where: Prisma.MonitorWhereInput,
): Promise<number> {
  return database.prisma.monitor.count({ where })
}
