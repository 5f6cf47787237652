import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'

/** A workspace sees its own probes, and those that serve everybody. */
export function visibleTo(workspaceId: string) {
  return { OR: [{ workspaceId }, { isShared: true }] } satisfies Prisma.ProbeWhereInput
}

export function readProbes(
  { database }: Deps,
  workspaceId: string,
  query: Pick<Prisma.ProbeFindManyArgs, 'select' | 'include'>,
) {
  const where = { ...visibleTo(workspaceId), revokedAt: null }
  return database.prisma.probe.findMany({
    ...query,
    where,
    orderBy: [{ region: 'asc' }, { id: 'asc' }],
  })
}

export function readProbe(
  { database }: Deps,
  probe: { id: string; workspaceId: string },
  query: Pick<Prisma.ProbeFindUniqueOrThrowArgs, 'select' | 'include'>,
) {
  return database.prisma.probe.findUniqueOrThrow({ ...query, where: probe })
}
