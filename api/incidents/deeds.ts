import { randomUUIDv7 } from 'node:crypto'
import { invariant } from '../../core/invariant.ts'
import { decideAlerts } from '../alerts/alert.ts'
import { insertAlerts, loadCandidates, loadTold } from '../alerts/store.ts'
import type { Transaction } from '../platform/database.ts'
import { unheardEntry } from './entry.ts'
import { decideIncidents, type TurnedMonitor } from './incident.ts'
import { applyIncidentEffects, insertEntries, lockIncidents, type MonitorEffect } from './store.ts'

/** A monitor whose timeline has changed in this transaction; see TurnedMonitor for which turns to give. */
export type Turned = Omit<TurnedMonitor, 'known'> & { monitorId: string; workspaceId: string }

/**
 * Brings incidents and alerts in line with the turns of many monitors, in a number of statements that
 * does not depend on how many. Each monitor must be locked by the caller and appear once.
 */
export async function followTurns(
  tx: Transaction,
  turned: Turned[],
  nowMs: number,
): Promise<MonitorEffect[]> {
  const effects = await decideOn(tx, turned)
  if (effects.length === 0) return []
  await applyIncidentEffects(tx, effects, nowMs)
  await tell(tx, effects, nowMs)
  return effects
}

async function decideOn(tx: Transaction, turned: Turned[]): Promise<MonitorEffect[]> {
  const instants = turned.flatMap((monitor) =>
    [...monitor.turns, ...monitor.superseded].map((turn) => turn.at),
  )
  if (instants.length === 0) return []
  const sinceMs = instants.reduce((first, at) => Math.min(first, at))
  const ids = turned.map((monitor) => monitor.monitorId)
  const known = Map.groupBy(await lockIncidents(tx, ids, sinceMs), (one) => one.monitorId)
  return turned.flatMap(({ monitorId, workspaceId, turns, superseded }) =>
    decideIncidents({ known: known.get(monitorId) ?? [], turns, superseded }, randomUUIDv7).map(
      (effect) => ({ ...effect, monitorId, workspaceId }),
    ),
  )
}

async function tell(tx: Transaction, effects: MonitorEffect[], nowMs: number): Promise<void> {
  const byMonitor = Map.groupBy(effects, (effect) => effect.monitorId)
  const candidates = await loadCandidates(tx, [...byMonitor.keys()])
  const told = await loadTold(tx, retractedIds(effects))
  const owners = new Map(effects.map((effect) => [effect.incidentId, effect]))
  const tellings = [...byMonitor].map(([monitorId, ofMonitor]) =>
    decideAlerts(ofMonitor, { recipients: candidates.get(monitorId)?.slice(0, 1) ?? [], told }),
  )
  const ownerOf = (incidentId: string) => {
    const owner = owners.get(incidentId)
    invariant(owner, 'an alert is decided from an effect')
    return { monitorId: owner.monitorId, workspaceId: owner.workspaceId }
  }
  await insertAlerts(
    tx,
    tellings.flatMap(({ alerts }) =>
      alerts.map((alert) => ({ ...alert, ...ownerOf(alert.incidentId) })),
    ),
  )
  await insertEntries(
    tx,
    tellings.flatMap(({ unheard }) =>
      unheard.map(({ incidentId, type }) => ({
        ...unheardEntry(incidentId, type, nowMs),
        workspaceId: ownerOf(incidentId).workspaceId,
      })),
    ),
  )
}

function retractedIds(effects: MonitorEffect[]): string[] {
  return effects.filter((effect) => effect.type === 'RETRACT').map((effect) => effect.incidentId)
}
