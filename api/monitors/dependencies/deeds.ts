import type { Principal } from '../../accounts/principal.ts'
import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound } from '../../refusal.ts'
import {
  findCycle,
  isItsOwnParent,
  MAX_CHILDREN,
  noRoomForChild,
  parseParents,
} from './dependency.ts'
import {
  countMostChildren,
  lockDependencies,
  readAbove,
  lockNames,
  replaceParents,
} from './store.ts'

/** Says on which monitors one depends; an empty list: on none. */
export function setMonitorParents(
  { database }: Deps,
  { workspaceId }: Pick<Principal, 'workspaceId'>,
  { monitorId, parentIds: given }: { monitorId: string; parentIds: readonly string[] },
): Promise<void> {
  const parentIds = parseParents(given)
  return inTransaction(database, async (tx) => {
    await lockDependencies(tx, workspaceId)
    const asked = new Set([monitorId, ...parentIds])
    if ((await lockNames(tx, workspaceId, [...asked])).size < asked.size) throw notFound()
    await refuseCycle(tx, workspaceId, monitorId, parentIds)
    const children = await countMostChildren(tx, parentIds, monitorId)
    if (children >= MAX_CHILDREN) throw noRoomForChild()
    const before = await replaceParents(tx, { id: monitorId, workspaceId }, parentIds)
    const others = new Set(before).symmetricDifference(new Set(parentIds))
    announce(
      tx,
      [monitorId, ...others].map((id) => ofMonitor({ id, workspaceId }, 'UPDATED')),
    )
  })
}

async function refuseCycle(
  tx: Transaction,
  workspaceId: string,
  monitorId: string,
  parentIds: readonly string[],
): Promise<void> {
  const way = findCycle(monitorId, parentIds, await readAbove(tx, workspaceId, parentIds))
  if (!way) return
  const names = await lockNames(tx, workspaceId, way)
  throw isItsOwnParent(way.map((id) => names.get(id) ?? ''))
}
