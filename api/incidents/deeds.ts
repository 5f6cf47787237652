import { z } from 'zod'
import type { Principal } from '../accounts/principal.ts'
import { handNews } from '../alerts/alert.ts'
import { tell } from '../alerts/deeds.ts'
import { endEscalations, holdEscalation } from '../alerts/escalation/steps/store.ts'
import { ofIncident } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import type { Deps } from '../deps.ts'
import { parseInput, typedText } from '../input.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { insertEntries } from './entries/store.ts'
import { lockIncident, type LockedIncident, markAcknowledged, markResolved } from './store.ts'

const MAX_COMMENT_LENGTH = 2_000
const MAX_ENTRIES = 500

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
    if (incident.entries >= MAX_ENTRIES) {
      throw new Refusal('LIMIT_REACHED', `An incident holds at most ${MAX_ENTRIES} entries.`)
    }
    return { kind: 'COMMENTED', text }
  })
}

type HandEntry = { kind: 'ACKNOWLEDGED' | 'RESOLVED' | 'COMMENTED'; text: string }

/** Locks the incident, lets `act` change it, writes who did what into its timeline, and tells what others need to know. */
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
    const nowMs = deps.clock.now()
    await insertEntries(tx, [{ ...entry, incidentId, workspaceId, userId, at: nowMs }])
    const place = { incidentId, workspaceId, monitorId: incident.monitorId }
    announce(tx, [ofIncident(place, 'UPDATED')])
    if (entry.kind !== 'COMMENTED') await tell(tx, [handNews(place, entry.kind)], nowMs)
  })
}

function tooLate(status: 'ACKNOWLEDGED' | 'RESOLVED'): Refusal {
  return new Refusal('CONFLICT', `The incident is ${status} already.`)
}
