import type { MonitorStatus } from '../../generated/prisma/enums.ts'
import type { Transition } from '../monitors/timeline.ts'
import { type KnownIncident, type Span, recognise, replay } from './span.ts'

/** The kinds that follow from a monitor's status alone. */
export type FollowedKind = 'DOWN' | 'LATENCY'

/** What an incident needs to know of a stored transition. Instants are epoch milliseconds. */
export type KnownTransition = Pick<
  Transition,
  'from' | 'to' | 'at' | 'decidedAt' | 'reason' | 'cause'
> & {
  id: string
}

export type StoredIncident = {
  id: string
  kind: FollowedKind
  startedAt: number
  resolvedAt: number | null
}

/** What is to become of one incident, and the transition that says so: one in force, or one superseded just now. */
export type IncidentEffect = {
  incidentId: string
  kind: FollowedKind
  transition: KnownTransition
} & (
  | { type: 'OPEN'; startedAt: number; cause: string }
  | { type: 'RESOLVE'; resolvedAt: number }
  | { type: 'MOVE'; startedAt: number; resolvedAt: number | null; reopens: boolean }
  | { type: 'RETRACT'; wasResolvedAt: number | null }
)

/** An effect and whose it is. */
export type MonitorEffect = IncidentEffect & { monitorId: string; workspaceId: string }

export type Timeline = {
  /** Open, or resolved since the first of the transitions; the retracted ones left out. */
  known: readonly StoredIncident[]
  /** The transitions in force, in order: all of a window, or just the added ones if none was superseded. */
  transitions: readonly KnownTransition[]
  /** Transitions that were in force until now. */
  superseded: readonly KnownTransition[]
}

/** Which statuses begin a stretch of trouble of a kind, and which end it; the others change nothing. */
export type Rule = { opens: MonitorStatus; closes: readonly MonitorStatus[] }

const rules = {
  DOWN: { opens: 'DOWN', closes: ['UP', 'DEGRADED', 'PAUSED'] },
  LATENCY: { opens: 'DEGRADED', closes: ['UP', 'PAUSED'] },
} satisfies Record<FollowedKind, Rule>

/**
 * Incidents follow from transitions and from nothing else, except that what a person resolved stays
 * resolved: only a new opening transition opens another incident. Effects come in the order of telling.
 */
export function decideIncidents(timeline: Timeline, newId: () => string): IncidentEffect[] {
  const effects = (['DOWN', 'LATENCY'] as const).flatMap((kind) =>
    decideKind(kind, timeline, newId),
  )
  return effects.toSorted((a, b) => place(a, timeline) - place(b, timeline))
}

/** Null until it is over, and for what never happened. */
export function secondsToResolve(incident: {
  startedAt: Date
  resolvedAt: Date | null
}): number | null {
  const { startedAt, resolvedAt } = incident
  if (!resolvedAt) return null
  return Math.round((resolvedAt.getTime() - startedAt.getTime()) / 1000)
}

function decideKind(
  kind: FollowedKind,
  { known, transitions, superseded }: Timeline,
  newId: () => string,
): IncidentEffect[] {
  const ofKind = known.filter((incident) => incident.kind === kind)
  const recognised = recognise(rules[kind], ofKind, transitions, superseded)
  const spans = replay(rules[kind], recognised, transitions)
  const told = new Set(spans.map((span) => span.known))
  return [
    ...recognised.filter((incident) => !told.has(incident)).flatMap(retract),
    ...spans.flatMap((span) => (span.known ? follow(span, span.known) : open(kind, span, newId()))),
  ]
}

// What never was is taken back before anything else is said; then come corrections, then news.
function place(effect: IncidentEffect, { transitions }: Timeline): number {
  return effect.type === 'RETRACT' ? -2 : transitions.indexOf(effect.transition)
}

function retract({ id, kind, resolvedAt, openedBy }: KnownIncident): IncidentEffect[] {
  if (!openedBy) return []
  return [
    { type: 'RETRACT', incidentId: id, kind, transition: openedBy, wasResolvedAt: resolvedAt },
  ]
}

function open(
  kind: FollowedKind,
  { opening, closing }: Span,
  incidentId: string,
): IncidentEffect[] {
  if (!opening) return []
  const cause = opening.cause ?? opening.reason
  const startedAt = opening.at
  return [
    { type: 'OPEN', incidentId, kind, transition: opening, startedAt, cause },
    ...(closing ? [resolve(kind, closing, incidentId)] : []),
  ]
}

function follow({ opening, closing }: Span, known: KnownIncident): IncidentEffect[] {
  const { id: incidentId, kind } = known
  const startedAt = opening?.at ?? known.startedAt
  const resolvedAt = known.isEnded ? known.resolvedAt : (closing?.at ?? null)
  const isMoved = startedAt !== known.startedAt
  if (known.resolvedAt === null || known.resolvedAt === resolvedAt) {
    const transition = opening ?? closing
    const move = { type: 'MOVE', incidentId, kind, startedAt, reopens: false } as const
    return [
      ...(isMoved && transition ? [{ ...move, resolvedAt: known.resolvedAt, transition }] : []),
      ...(known.resolvedAt === null && closing ? [resolve(kind, closing, incidentId)] : []),
    ]
  }
  const transition = closing ?? known.closedBy
  const reopens = resolvedAt === null
  return transition
    ? [{ type: 'MOVE', incidentId, kind, transition, startedAt, resolvedAt, reopens }]
    : []
}

function resolve(
  kind: FollowedKind,
  transition: KnownTransition,
  incidentId: string,
): IncidentEffect {
  return { type: 'RESOLVE', incidentId, kind, transition, resolvedAt: transition.at }
}
