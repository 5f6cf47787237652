import type { ChangeAction, ChangeKind } from '../../generated/prisma/enums.ts'

/** How long a reader may have been away and still miss nothing. */
export const RETENTION_DAYS = 7

/** That something of a workspace is not what it was: ids only, what it is now is read when it is told. */
export type Change = {
  workspaceId: string
  kind: ChangeKind
  action: ChangeAction
  nodeId: string
  /** The monitor that it is about: the node itself, or the one whose incident or alert it is. */
  monitorId: string
  /** Whether it is a monitor's that has another status now. */
  hasNewStatus: boolean
}

/**
 * A change as it is kept. The positions of a workspace are in the order of commits and without a gap;
 * `at` is in epoch milliseconds.
 */
export type StoredChange = Change & { position: number; at: number }

/** A change of a monitor itself. */
export function ofMonitor(
  { id, workspaceId }: { id: string; workspaceId: string },
  action: ChangeAction,
  hasNewStatus = false,
): Change {
  return { workspaceId, kind: 'MONITOR', action, nodeId: id, monitorId: id, hasNewStatus }
}

type Hanging = { workspaceId: string; monitorId: string }

/** Of one of a monitor's incidents, or of its timeline. */
export function ofIncident(
  { incidentId, workspaceId, monitorId }: Hanging & { incidentId: string },
  action: ChangeAction,
): Change {
  const kind = 'INCIDENT'
  return { workspaceId, kind, action, nodeId: incidentId, monitorId, hasNewStatus: false }
}

/** Of one of its alerts. */
export function ofAlert(
  { alertId, workspaceId, monitorId }: Hanging & { alertId: string },
  action: ChangeAction,
): Change {
  const kind = 'ALERT'
  return { workspaceId, kind, action, nodeId: alertId, monitorId, hasNewStatus: false }
}

/** What one transaction did to each object, told once: in the order in which each was first touched. */
export function condense(changes: readonly Change[]): Change[] {
  const byNode = new Map<string, Change>()
  for (const change of changes) {
    const before = byNode.get(change.nodeId)
    byNode.set(change.nodeId, before ? followed(before, change) : change)
  }
  return [...byNode.values()]
}

/** New stays new until it is gone. */
function followed(before: Change, after: Change): Change {
  const action =
    before.action === 'CREATED' && after.action === 'UPDATED' ? 'CREATED' : after.action
  return { ...after, action, hasNewStatus: before.hasNewStatus || after.hasNewStatus }
}
