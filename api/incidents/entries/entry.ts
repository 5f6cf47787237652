import { instant } from '../../../core/streak.ts'
import type { AlertType, IncidentEntryKind } from '../../../generated/prisma/enums.ts'
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
  why: keyof typeof UNHEARD,
  nowMs: number,
): IncidentEntry {
  const text = `Nobody was notified (${type}): ${UNHEARD[why]}.`
  return { incidentId, workspaceId, kind: 'COMMENTED', at: nowMs, userId: null, text }
}

const UNHEARD = {
  NO_ADDRESS: 'no address of the monitor, its creator or an owner could be used',
  NO_MAIL: 'mail is not configured, SMTP_URL is not set',
}

function revision(effect: IncidentEffect & { type: 'MOVE' }): string {
  const started = `it started at ${instant(effect.startedAt)}`
  if (effect.reopens) return `Late results showed that it is not over: ${started}.`
  if (effect.resolvedAt === null) return `Late results showed that ${started}.`
  return `Late results showed that ${started} and ended at ${instant(effect.resolvedAt)}.`
}
