import { z } from 'zod'
import type { Principal } from '../accounts/principal.ts'
import { handNews, type IncidentPlace } from '../alerts/alert.ts'
import { tell } from '../alerts/deeds.ts'
import { endAcknowledgement } from '../alerts/escalation/steps/deeds.ts'
import { endEscalations, holdEscalation } from '../alerts/escalation/steps/store.ts'
import { ofIncident } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import type { Deps } from '../deps.ts'
import { parseInput, typedText } from '../input.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { IncidentEntry } from './entries/entry.ts'
import { insertEntries } from './entries/store.ts'
import { lockIncident, type LockedIncident, markAcknowledged, markResolved } from './store.ts'

const MAX_COMMENT_LENGTH = 2_000
const MAX_ENTRIES = 500
/** However many comments there are, an incident can still be given back. */
const MAX_ENTRIES_WITH_WITHDRAWALS = 1_000

const commentInput = z.object({ text: typedText(MAX_COMMENT_LENGTH) })

/** Whoever was called need not come; of two who acknowledge at once, the second is told that somebody was first. */
export function acknowledgeIncident(
  deps: Deps,
  principal: Principal,
  incidentId: string,
): Promise<void> {
  return byHand(deps, principal, incidentId, async (tx, incident) => {
    if (incident.status !== 'OPEN') throw tooLate(incident.status)
    await markAcknowledged(tx, incidentId, { userId: principal.userId, at: deps.clock.now() })
    await holdEscalation(tx, incidentId)
    return { kind: 'ACKNOWLEDGED', text: 'Acknowledged.' }
  })
}

/** Nobody is at it any more, whoever was; of two who say so the second has nothing left to do. */
export function withdrawAcknowledgement(
  deps: Deps,
  principal: Principal,
  incidentId: string,
): Promise<void> {
  return onIncident(deps, principal, incidentId, async (tx, { place, ...incident }) => {
    if (incident.status === 'RESOLVED') throw tooLate(incident.status)
    if (incident.status === 'OPEN') return
    mustHaveRoom(incident, MAX_ENTRIES_WITH_WITHDRAWALS)
    const nowMs = deps.clock.now()
    const said = { kind: 'REOPENED', text: 'Acknowledgement withdrawn.' } as const
    await endAcknowledgement(tx, { place, entry: entryBy(principal, place, said, nowMs) }, nowMs)
  })
}

/** What a person resolves stays resolved and is told so, whatever the monitor says; its next failure opens another. */
export function resolveIncident(
  deps: Deps,
  principal: Principal,
  incidentId: string,
): Promise<void> {
  return byHand(deps, principal, incidentId, async (tx, incident) => {
    if (incident.status === 'RESOLVED') throw tooLate(incident.status)
    await markResolved(tx, incidentId, Math.max(deps.clock.now(), incident.startedAt))
    await endEscalations(tx, [incidentId])
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
    mustHaveRoom(incident, MAX_ENTRIES)
    return { kind: 'COMMENTED', text }
  })
}

type HandEntry = { kind: 'ACKNOWLEDGED' | 'RESOLVED' | 'COMMENTED'; text: string }

/** Lets `act` change the incident, writes who did what into its timeline, and tells what others need to know. */
function byHand(
  deps: Deps,
  principal: Principal,
  incidentId: string,
  act: (tx: Transaction, incident: LockedIncident) => Promise<HandEntry>,
): Promise<void> {
  return onIncident(deps, principal, incidentId, async (tx, { place, ...incident }) => {
    const said = await act(tx, incident)
    const nowMs = deps.clock.now()
    await insertEntries(tx, [entryBy(principal, place, said, nowMs)])
    announce(tx, [ofIncident(place, 'UPDATED')])
    if (said.kind !== 'COMMENTED') await tell(tx, [handNews(place, said.kind)], nowMs)
  })
}

/** One transaction over the incident, which is locked in it. */
function onIncident(
  { database }: Deps,
  { workspaceId }: Principal,
  incidentId: string,
  work: (tx: Transaction, incident: LockedIncident & { place: IncidentPlace }) => Promise<void>,
): Promise<void> {
  return inTransaction(database, async (tx) => {
    const incident = await lockIncident(tx, { id: incidentId, workspaceId })
    if (!incident) throw notFound()
    const place = { incidentId, workspaceId, monitorId: incident.monitorId }
    await work(tx, { ...incident, place })
  })
}

function entryBy(
  { userId }: Principal,
  { incidentId, workspaceId }: IncidentPlace,
  said: Pick<IncidentEntry, 'kind' | 'text'>,
  at: number,
): IncidentEntry {
  return { ...said, incidentId, workspaceId, userId, at }
}

function mustHaveRoom({ entries }: LockedIncident, most: number): void {
  if (entries < most) return
  throw new Refusal('LIMIT_REACHED', `An incident holds at most ${most} entries.`)
}

function tooLate(status: 'ACKNOWLEDGED' | 'RESOLVED'): Refusal {
  return new Refusal('CONFLICT', `The incident is ${status} already.`)
}
