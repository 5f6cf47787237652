import { randomUUIDv7 } from 'node:crypto'
import { z } from 'zod'
import type { Principal } from '../accounts/principal.ts'
import { decideAlerts } from '../alerts/alert.ts'
import { tell } from '../alerts/deeds.ts'
import { loadCandidates, loadTold } from '../alerts/store.ts'
import type { Deps } from '../deps.ts'
import { parseInput } from '../input.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { applyIncidentEffects, lockIncidents } from './effects/store.ts'
import { insertEntries } from './entries/store.ts'
import { decideIncidents, type MonitorEffect, type TurnedMonitor } from './incident.ts'
import { lockIncident, type LockedIncident, markAcknowledged, markResolved } from './store.ts'

const MAX_COMMENT_LENGTH = 2_000
const MAX_ENTRIES = 500

const commentInput = z.object({
  text: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_COMMENT_LENGTH, `must have at most ${MAX_COMMENT_LENGTH} characters`),
})

/** Of two who acknowledge at once, the second is told that somebody was first. */
export function acknowledgeIncident(
  deps: Deps,
  principal: Principal,
  incidentId: string,
): Promise<void> {
  return byHand(deps, principal, incidentId, async (tx, incident) => {
    if (incident.status !== 'OPEN') throw tooLate(incident.status)
    await markAcknowledged(tx, incidentId, { userId: principal.userId, at: deps.clock.now() })
    return { kind: 'ACKNOWLEDGED', text: 'Acknowledged.' }
  })
}

/** What a person resolves stays resolved, whatever the monitor says; its next failure opens another. */
export function resolveIncident(
  deps: Deps,
  principal: Principal,
  incidentId: string,
): Promise<void> {
  return byHand(deps, principal, incidentId, async (tx, incident) => {
    if (incident.status === 'RESOLVED') throw tooLate(incident.status)
    await markResolved(tx, incidentId, Math.max(deps.clock.now(), incident.startedAt))
    return { kind: 'RESOLVED', text: 'Resolved by hand.' }
  })
}

export async function commentIncident(
  deps: Deps,
  principal: Principal,
  { incidentId, ...input }: { incidentId: string; text: string },
): Promise<void> {
  const { text } = parseInput(commentInput, input)
  await byHand(deps, principal, incidentId, async (_tx, incident) => {
    if (incident.entries >= MAX_ENTRIES) {
      throw new Refusal('LIMIT_REACHED', `An incident holds at most ${MAX_ENTRIES} entries.`)
    }
    return { kind: 'COMMENTED', text }
  })
}

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
  await tellEffects(tx, effects, nowMs)
  return effects
}

type HandEntry = { kind: 'ACKNOWLEDGED' | 'RESOLVED' | 'COMMENTED'; text: string }

/** Locks the incident, lets `act` change it, and writes who did what into its timeline. */
function byHand(
  deps: Deps,
  { workspaceId, userId }: Principal,
  incidentId: string,
  act: (tx: Transaction, incident: LockedIncident) => Promise<HandEntry>,
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const incident = await lockIncident(tx, { id: incidentId, workspaceId })
    if (!incident) throw notFound()
    const entry = await act(tx, incident)
    await insertEntries(tx, [{ ...entry, incidentId, workspaceId, userId, at: deps.clock.now() }])
  })
}

function tooLate(status: 'ACKNOWLEDGED' | 'RESOLVED'): Refusal {
  return new Refusal('CONFLICT', `The incident is ${status} already.`)
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

async function tellEffects(
  tx: Transaction,
  effects: MonitorEffect[],
  nowMs: number,
): Promise<void> {
  const monitorIds = new Set(effects.map((effect) => effect.monitorId))
  const retracted = effects.filter((effect) => effect.type === 'RETRACT')
  const telling = decideAlerts(effects, {
    candidates: await loadCandidates(tx, [...monitorIds]),
    told: await loadTold(
      tx,
      retracted.map((effect) => effect.incidentId),
    ),
  })
  await tell(tx, telling, nowMs)
}
