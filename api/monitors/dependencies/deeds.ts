import type { Principal } from '../../accounts/principal.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { asRecheck } from '../../probes/assignment.ts'
import { lockWaitingRuns, settleRuns } from '../../probes/store.ts'
import { notFound } from '../../refusal.ts'
import {
  findCycle,
  isItsOwnParent,
  MAX_CHILDREN,
  noRoomForChild,
  parseParents,
} from './dependency.ts'
import { countMostChildren, lockNames, readAbove, readParentIds, replaceParents } from './store.ts'

/** Says on which monitors one depends; an empty list: on none. */
export function setMonitorParents(
  { database }: Deps,
  { workspaceId }: Pick<Principal, 'workspaceId'>,
  { monitorId, parentIds: given }: { monitorId: string; parentIds: readonly string[] },
): Promise<void> {
  const parentIds = parseParents(given)
  return inTransaction(database, async (tx) => {
    // Of two who make dependencies at once the second sees the first's: together they might make a circle.
    await holdWorkspace(tx, workspaceId)
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

/**
 * What monitors that fail depend on is looked at as soon as if it had failed itself: it may be down too. Only where
 * Pharos plans the runs; other probes plan their own. Waits for nobody, and comes after the caller has settled runs:
 * so of two who hold what the other wants none waits.
 */
export async function suspectParents(
  tx: Transaction,
  monitorIds: string[],
  nowMs: number,
): Promise<void> {
  if (monitorIds.length === 0) return
  const parentIds = await readParentIds(tx, monitorIds)
  if (parentIds.length === 0) return
  const waiting = await lockWaitingRuns(tx, parentIds)
  await settleRuns(
    tx,
    waiting.flatMap((run) => asRecheck(run, nowMs) ?? []),
  )
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
