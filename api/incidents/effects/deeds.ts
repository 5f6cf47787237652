import { randomUUIDv7 } from 'node:crypto'
import { newsOf } from '../../alerts/alert.ts'
import { tell } from '../../alerts/deeds.ts'
import {
  endEscalations,
  reopenIncidents,
  startEscalations,
} from '../../alerts/escalation/steps/store.ts'
import { ofIncident } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Transaction } from '../../platform/database.ts'
import { entryOf } from '../entries/entry.ts'
import { insertEntries } from '../entries/store.ts'
import { wantEvidence } from '../evidence/store.ts'
import { decideIncidents, type MonitorEffect, type Timeline } from '../incident.ts'
import { isOver, isReopening, statesAfter } from './effect.ts'
import { insertIncidents, lockIncidents, updateIncidents } from './store.ts'

/** What has changed of a monitor's timeline in this transaction; see Timeline for which transitions to give. */
export type ChangedTimeline = Omit<Timeline, 'known'> & { monitorId: string; workspaceId: string }

/**
 * Brings incidents and alerts in line with the transitions of many monitors, in a number of statements
 * that does not depend on how many. Each monitor must be locked by the caller and appear once.
 */
export async function followTransitions(
  tx: Transaction,
  timelines: ChangedTimeline[],
  nowMs: number,
): Promise<void> {
  const effects = await decideOn(tx, timelines)
  if (effects.length === 0) return
  await apply(tx, effects, nowMs)
  await tell(tx, newsOf(effects), nowMs)
}

async function decideOn(tx: Transaction, timelines: ChangedTimeline[]): Promise<MonitorEffect[]> {
  const instants = timelines.flatMap((timeline) =>
    [...timeline.transitions, ...timeline.superseded].map((transition) => transition.at),
  )
  if (instants.length === 0) return []
  const sinceMs = instants.reduce((first, at) => Math.min(first, at))
  const ids = timelines.map((timeline) => timeline.monitorId)
  const known = Map.groupBy(await lockIncidents(tx, ids, sinceMs), (one) => one.monitorId)
  return timelines.flatMap(({ monitorId, workspaceId, transitions, superseded }) =>
    decideIncidents(
      { known: known.get(monitorId) ?? [], transitions, superseded },
      randomUUIDv7,
    ).map((effect) => ({ ...effect, monitorId, workspaceId })),
  )
}

/** Any number of effects, of any number of monitors, in at most eight statements. */
async function apply(tx: Transaction, effects: MonitorEffect[], nowMs: number): Promise<void> {
  const states = statesAfter(effects, nowMs)
  const known = states.filter((state) => state.cause === null)
  // One monitor has at most one open incident of a kind: what is over ends before anything opens.
  await updateIncidents(tx, known.filter(isOver))
  await updateIncidents(
    tx,
    known.filter((state) => !isOver(state)),
  )
  // Whoever had acknowledged it was told that it is over: nobody is at it now.
  await reopenIncidents(tx, idsOf(effects.filter(isReopening)))
  const opened = states.filter((state) => state.cause !== null)
  await insertIncidents(tx, opened)
  await wantEvidence(tx, idsOf(opened))
  await endEscalations(tx, idsOf(states.filter(isOver)))
  await startEscalations(tx, idsOf(states.filter((state) => !isOver(state))))
  await insertEntries(
    tx,
    effects.map((effect) => ({
      ...entryOf(effect, nowMs),
      incidentId: effect.incidentId,
      workspaceId: effect.workspaceId,
      userId: null,
    })),
  )
  announce(
    tx,
    states.map((state) => ofIncident(state, state.cause === null ? 'UPDATED' : 'CREATED')),
  )
}

function idsOf(states: readonly { incidentId: string }[]): string[] {
  return states.map(({ incidentId }) => incidentId)
}
