import { randomUUIDv7 } from 'node:crypto'
import { voteChanges } from '../../../core/region.ts'
import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import { followTransitions, type ChangedTimeline } from '../../incidents/effects/deeds.ts'
import type { Transaction } from '../../platform/database.ts'
import { lockMonitors, saveStatuses, type LockedMonitor, type MonitorRow } from '../store.ts'
import { deriveTransitions, reviseTransitions, type Status, type Transition } from '../timeline.ts'
import { readTracks, type VoteTrack } from '../votes/store.ts'
import type { ChangedVote } from '../votes/vote.ts'
import {
  insertTransitions,
  readTransitions,
  supersedeTransitions,
  type StoredTransition,
} from './store.ts'

/** What becomes of one monitor: `id` names a transition as transitions store it. */
type Revision = {
  monitor: LockedMonitor
  start: { status: Status; at: number }
  kept: StoredTransition[]
  superseded: StoredTransition[]
  added: (Transition & { id: string })[]
}

/**
 * Brings monitors in line with the votes that changed, in the caller's transaction: their transitions are
 * derived from the first difference on, what no longer follows is superseded, and incidents and alerts
 * follow. The caller holds the votes' locks; this takes the monitors'.
 */
export async function followVotes(tx: Transaction, changed: ChangedVote[]): Promise<void> {
  if (changed.length === 0) return
  const fromMs = earliestByMonitor(changed)
  const ids = [...fromMs.keys()].toSorted()
  const monitors = await lockMonitors(tx, ids)
  announce(
    tx,
    monitors.map((monitor) => ofMonitor(monitor, 'UPDATED')),
  )
  const tracks = Map.groupBy(await readTracks(tx, ids), (track) => track.monitorId)
  const stored = Map.groupBy(
    await readTransitions(tx, fromMs),
    (transition) => transition.monitorId,
  )
  const revisions = monitors
    .map((monitor) => {
      const since = Math.max(fromMs.get(monitor.id)!, monitor.decidableFrom)
      return revise(monitor, since, tracks.get(monitor.id) ?? [], stored.get(monitor.id) ?? [])
    })
    .filter(({ superseded, added }) => superseded.length + added.length > 0)
  if (revisions.length > 0) await save(tx, revisions, changed[0]!.nowMs)
}

/** A transition that no vote decided; the same status again is none. */
export async function changeByHand(
  tx: Transaction,
  row: MonitorRow,
  decision: Pick<Transition, 'to' | 'votes' | 'policy' | 'reason'>,
  nowMs: number,
): Promise<void> {
  if (row.status === decision.to) return
  const { id: monitorId, workspaceId } = row
  const id = randomUUIDv7()
  const transition = { ...decision, id, from: row.status, at: nowMs, decidedAt: nowMs, cause: null }
  await record(tx, [{ ...transition, monitorId, workspaceId }])
  await saveStatuses(tx, [{ monitorId, status: decision.to, since: nowMs }])
  announce(tx, [ofMonitor(row, 'UPDATED', true)])
  await followTransitions(
    tx,
    [{ monitorId, workspaceId, transitions: [transition], superseded: [] }],
    nowMs,
  )
}

function earliestByMonitor(changed: ChangedVote[]): Map<string, number> {
  const earliest = new Map<string, number>()
  for (const { monitorId, fromMs } of changed) {
    earliest.set(monitorId, Math.min(fromMs, earliest.get(monitorId) ?? Infinity))
  }
  return earliest
}

function revise(
  monitor: LockedMonitor,
  fromMs: number,
  tracks: VoteTrack[],
  stored: StoredTransition[],
): Revision {
  const before = stored.findLast((transition) => transition.decidedAt < fromMs)
  const window = stored.filter((transition) => transition.decidedAt >= fromMs)
  const start = before
    ? { status: before.to, at: before.at }
    : { status: 'PENDING' as const, at: monitor.createdAt }
  const derived = deriveTransitions({
    start,
    tracks: tracks.map(({ region, track }) => ({ region, changes: voteChanges(track) })),
    policy: { regionsAssigned: monitor.regions.length, quorum: monitor.quorum },
    fromMs,
  })
  const { superseded, added } = reviseTransitions(window, derived)
  return {
    monitor,
    start,
    kept: window.slice(0, window.length - superseded.length),
    superseded,
    added: added.map((transition) => ({ ...transition, id: randomUUIDv7() })),
  }
}

async function save(tx: Transaction, revisions: Revision[], nowMs: number): Promise<void> {
  const superseded = revisions.flatMap((revision) => revision.superseded.map(({ id }) => id))
  if (superseded.length > 0) await supersedeTransitions(tx, superseded, nowMs)
  await record(
    tx,
    revisions.flatMap(({ monitor, added }) =>
      added.map((transition) => ({
        ...transition,
        monitorId: monitor.id,
        workspaceId: monitor.workspaceId,
      })),
    ),
  )
  const statuses = revisions.map(statusAfter)
  await saveStatuses(tx, statuses)
  announce(
    tx,
    revisions.map(({ monitor }, place) =>
      ofMonitor(monitor, 'UPDATED', statuses[place]?.status !== monitor.status),
    ),
  )
  await followTransitions(tx, revisions.map(timelineAfter), nowMs)
}

/** Stores transitions; once they are committed, the log has a line of each for whoever operates this. */
async function record(tx: Transaction, transitions: StoredTransition[]): Promise<void> {
  await insertTransitions(tx, transitions)
  tx.onceCommitted(({ log }) => {
    for (const { monitorId, from, to, at, reason } of transitions) {
      log.info({ monitorId, from, to, at: new Date(at), reason }, 'status changed')
    }
  })
}

function statusAfter({ monitor, start, kept, added }: Revision) {
  const last = added.at(-1) ?? kept.at(-1)
  const { status, at } = last ? { status: last.to, at: last.at } : start
  return { monitorId: monitor.id, status, since: at }
}

function timelineAfter({ monitor, kept, superseded, added }: Revision): ChangedTimeline {
  const transitions = superseded.length > 0 ? [...kept, ...added] : added
  return { monitorId: monitor.id, workspaceId: monitor.workspaceId, transitions, superseded }
}
