import type { Principal } from '../accounts/principal.ts'
import { hastenReviews } from '../alerts/withholding/store.ts'
import { ofMonitor } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import type { Deps } from '../deps.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { notFound } from '../refusal.ts'
import { BACK_MS, reckonSpans, replaceSpans } from './spans/deeds.ts'
import { cutSpans, readMonitorsUnder } from './spans/store.ts'
import {
  countWindowsToAdd,
  deleteWindowRow,
  insertWindow,
  lockOwnMonitors,
  lockWindow,
  markDeleted,
  saveWindow,
} from './store.ts'
import {
  isSameSchedule,
  MAX_WINDOWS,
  noRoomForWindow,
  parseWindow,
  parseWindowChange,
  type WindowInput,
  type WindowSettings,
} from './window.ts'

type Owner = Pick<Principal, 'workspaceId'>

/** Its spans count from now on, also those that are past. */
export function createMaintenanceWindow(
  deps: Deps,
  { workspaceId }: Owner,
  input: WindowInput,
): Promise<string> {
  const settings = parseWindow(input)
  return inTransaction(deps.database, async (tx) => {
    if ((await countWindowsToAdd(tx, workspaceId)) >= MAX_WINDOWS) throw noRoomForWindow()
    await refuseStrangers(tx, workspaceId, settings)
    const id = await insertWindow(tx, workspaceId, settings)
    await turnMonitors(deps, tx, { id, workspaceId }, (nowMs) =>
      reckonSpans(tx, { id, workspaceId }, settings, { fromMs: nowMs - BACK_MS, nowMs }),
    )
    return id
  })
}

/** What a recurring window was stays, and what it will be changes; one that happens once changes whole. */
export function updateMaintenanceWindow(
  deps: Deps,
  { workspaceId }: Owner,
  { id, ...input }: WindowInput & { id: string },
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const before = await lockWindow(tx, { id, workspaceId })
    if (!before) throw notFound()
    const after = parseWindowChange(before, input)
    await refuseStrangers(tx, workspaceId, after)
    await turnMonitors(deps, tx, { id, workspaceId }, async (nowMs) => {
      await saveWindow(tx, id, after)
      if (isSameSchedule(before, after)) return
      await replaceSpans(tx, { id, workspaceId }, { before, after }, nowMs)
    })
  })
}

/** Ends it now. What it was stays, unless it is to be as if it had never been. */
export function deleteMaintenanceWindow(
  deps: Deps,
  { workspaceId }: Owner,
  { id, keepsPast }: { id: string; keepsPast: boolean },
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (!(await lockWindow(tx, { id, workspaceId }))) throw notFound()
    await turnMonitors(deps, tx, { id, workspaceId }, async (nowMs) => {
      if (!keepsPast) return deleteWindowRow(tx, id)
      await cutSpans(tx, id, nowMs)
      await markDeleted(tx, id, nowMs)
    })
  })
}

/**
 * Changes a window, and tells of the monitors that are worked on now and were not, or the other way round. What was
 * withheld of any of them is looked at again: work that goes on may end at another time.
 */
async function turnMonitors(
  { clock }: Deps,
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
  change: (nowMs: number) => Promise<void>,
): Promise<void> {
  const nowMs = clock.now()
  const before = new Set(await readMonitorsUnder(tx, id, nowMs))
  await change(nowMs)
  const after = new Set(await readMonitorsUnder(tx, id, nowMs))
  await hastenReviews(tx, workspaceId, [...before.union(after)])
  announce(
    tx,
    [...before.symmetricDifference(after)].map((monitorId) =>
      ofMonitor({ id: monitorId, workspaceId }, 'UPDATED', true),
    ),
  )
}

async function refuseStrangers(
  tx: Transaction,
  workspaceId: string,
  { monitorIds }: WindowSettings,
): Promise<void> {
  if (monitorIds === null) return
  if ((await lockOwnMonitors(tx, workspaceId, monitorIds)) < monitorIds.length) throw notFound()
}
