import type { AlertType, IncidentEntryKind } from '../../../generated/prisma/enums.ts'
import { instant } from '../../instant.ts'
import type { IncidentEffect } from '../incident.ts'

/** One line of an incident's timeline. `userId` is null where Pharos itself speaks. */
export type IncidentEntry = {
  workspaceId: string
  incidentId: string
  kind: IncidentEntryKind
  at: number
  userId: string | null
  text: string
}

/** Whom it was tried to tell, in vain; nobody where there was nobody to tell. */
export type InVain = {
  tried: readonly { address: string; isMail: boolean }[]
  isMailConfigured: boolean
}

const MOST_NAMED = 5

/** What the timeline says of an effect: news at the instant it tells of, corrections at the instant they are made. */
export function entryOf(
  effect: IncidentEffect,
  nowMs: number,
): Pick<IncidentEntry, 'kind' | 'at' | 'text'> {
  switch (effect.type) {
    case 'OPEN':
      return { kind: 'OPENED', at: effect.startedAt, text: effect.cause }
    case 'RESOLVE':
      return { kind: 'RESOLVED', at: effect.resolvedAt, text: effect.transition.reason }
    case 'MOVE':
      return { kind: 'REVISED', at: nowMs, text: revision(effect) }
    case 'RETRACT':
      return { kind: 'RETRACTED', at: nowMs, text: 'Late results showed that this never happened.' }
  }
}

/** Where an alert found nobody to go to, or no way, the timeline says so. */
export function unheardEntry(
  { incidentId, workspaceId, type }: { incidentId: string; workspaceId: string; type: AlertType },
  inVain: InVain,
  nowMs: number,
): IncidentEntry {
  const text = `Nobody was notified (${type}): ${whyUnheard(inVain)}.`
  return { incidentId, workspaceId, kind: 'COMMENTED', at: nowMs, userId: null, text }
}

function whyUnheard({ tried, isMailConfigured }: InVain): string {
  if (tried.length === 0)
    return 'no address of the monitor, its creator or an owner could be used, and no channel hears of it'
  const reachable = tried.filter(({ isMail }) => isMailConfigured || !isMail)
  return [
    ...(reachable.length === 0 ? [] : [`it did not reach ${namesOf(reachable)}`]),
    ...(reachable.length === tried.length ? [] : ['mail is not configured, SMTP_URL is not set']),
  ].join('; ')
}

function namesOf(tried: InVain['tried']): string {
  const names = tried.slice(0, MOST_NAMED).map(({ address }) => address)
  const others = tried.length - names.length
  return `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}

function revision(effect: IncidentEffect & { type: 'MOVE' }): string {
  const started = `it started at ${instant(effect.startedAt)}`
  if (effect.reopens) return `Late results showed that it is not over: ${started}.`
  if (effect.resolvedAt === null) return `Late results showed that ${started}.`
  return `Late results showed that ${started} and ended at ${instant(effect.resolvedAt)}.`
}
