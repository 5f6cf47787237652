import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Database } from '../../platform/database.ts'
import { isBeyond, type MonitorOrder, type MonitorPlace, orderOf } from './list.ts'

export type MonitorQuery = Pick<Prisma.MonitorFindUniqueArgs, 'select' | 'include'>

export function readMonitor(
  { database }: { database: Database },
  where: { id: string; workspaceId: string },
  query: MonitorQuery,
) {
  return database.prisma.monitor.findUnique({ ...query, where })
}

/** A page between two places; backwards, the last one comes first. */
export function readMonitors(
  { database }: { database: Database },
  where: Prisma.MonitorWhereInput,
  page: {
    after: MonitorPlace | null
    before: MonitorPlace | null
    order: MonitorOrder
    isBackward: boolean
    most: number
  },
  query: MonitorQuery,
) {
  const { after, before, order, isBackward, most } = page
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
  { database }: { database: Database },
  where: Prisma.MonitorWhereInput,
): Promise<number> {
  return database.prisma.monitor.count({ where })
}
