import type { MonitorStatus } from '../../generated/prisma/enums.ts'
import type { Turn } from '../monitors/timeline.ts'
import { type KnownIncident, type Span, recognise, replay } from './span.ts'

/** The kinds that follow from a monitor's status alone. */
export type FollowedKind = 'DOWN' | 'LATENCY'

/** What an incident needs to know of a stored turn. Instants are epoch milliseconds. */
export type StoredTurn = Pick<Turn, 'from' | 'to' | 'at' | 'decidedAt' | 'reason' | 'cause'> & {
  id: string
}

export type StoredIncident = {
  id: string
  kind: FollowedKind
  startedAt: number
  resolvedAt: number | null
}

/** What is to become of one incident, and the turn that says so: one in force, or one superseded just now. */
export type IncidentEffect = { incidentId: string; kind: FollowedKind; turn: StoredTurn } & (
  | { type: 'OPEN'; startedAt: number; cause: string }
  | { type: 'RESOLVE'; resolvedAt: number }
  | { type: 'MOVE'; startedAt: number; resolvedAt: number | null; reopens: boolean }
  | { type: 'RETRACT'; wasResolvedAt: number | null }
)

/** An effect and whose it is. */
export type MonitorEffect = IncidentEffect & { monitorId: string; workspaceId: string }

export type TurnedMonitor = {
  /** Open, or resolved since the first of the turns; the retracted ones left out. */
  known: readonly StoredIncident[]
  /** The turns in force, in order: all of a window, or just the added ones if none was superseded. */
  turns: readonly StoredTurn[]
  /** Turns that were in force until now. */
  superseded: readonly StoredTurn[]
}

/** Which statuses begin a stretch of trouble of a kind, and which end it; the others change nothing. */
export type Rule = { opens: MonitorStatus; closes: readonly MonitorStatus[] }

const rules = {
  DOWN: { opens: 'DOWN', closes: ['UP', 'DEGRADED', 'PAUSED'] },
  LATENCY: { opens: 'DEGRADED', closes: ['UP', 'PAUSED'] },
} satisfies Record<FollowedKind, Rule>

/**
 * Incidents follow from turns and from nothing else, except that what a person resolved stays
 * resolved: only a new opening turn opens another incident. Effects come in the order of telling.
 */
export function decideIncidents(monitor: TurnedMonitor, newId: () => string): IncidentEffect[] {
  const effects = (['DOWN', 'LATENCY'] as const).flatMap((kind) => decideKind(kind, monitor, newId))
  return effects.toSorted((a, b) => place(a, monitor) - place(b, monitor))
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
  { known, turns, superseded }: TurnedMonitor,
  newId: () => string,
): IncidentEffect[] {
  const ofKind = known.filter((incident) => incident.kind === kind)
  const recognised = recognise(rules[kind], ofKind, turns, superseded)
  const spans = replay(rules[kind], recognised, turns)
  const told = new Set(spans.map((span) => span.known))
  return [
    ...recognised.filter((incident) => !told.has(incident)).flatMap(retract),
    ...spans.flatMap((span) => (span.known ? follow(span, span.known) : open(kind, span, newId()))),
  ]
}

// What never was is taken back before anything else is said; then come corrections, then news.
function place(effect: IncidentEffect, { turns }: TurnedMonitor): number {
  return effect.type === 'RETRACT' ? -2 : turns.indexOf(effect.turn)
}

function retract({ id, kind, resolvedAt, openedBy }: KnownIncident): IncidentEffect[] {
  if (!openedBy) return []
  return [{ type: 'RETRACT', incidentId: id, kind, turn: openedBy, wasResolvedAt: resolvedAt }]
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
    { type: 'OPEN', incidentId, kind, turn: opening, startedAt, cause },
    ...(closing ? [resolve(kind, closing, incidentId)] : []),
  ]
}

function follow({ opening, closing }: Span, known: KnownIncident): IncidentEffect[] {
  const { id: incidentId, kind } = known
  const startedAt = opening?.at ?? known.startedAt
  const resolvedAt = known.isEnded ? known.resolvedAt : (closing?.at ?? null)
  const isMoved = startedAt !== known.startedAt
  if (known.resolvedAt === null || known.resolvedAt === resolvedAt) {
    const turn = opening ?? closing
    const move = { type: 'MOVE', incidentId, kind, startedAt, reopens: false } as const
    return [
      ...(isMoved && turn ? [{ ...move, resolvedAt: known.resolvedAt, turn }] : []),
      ...(known.resolvedAt === null && closing ? [resolve(kind, closing, incidentId)] : []),
    ]
  }
  const turn = closing ?? known.closedBy
  const reopens = resolvedAt === null
  return turn ? [{ type: 'MOVE', incidentId, kind, turn, startedAt, resolvedAt, reopens }] : []
}

function resolve(kind: FollowedKind, turn: StoredTurn, incidentId: string): IncidentEffect {
  return { type: 'RESOLVE', incidentId, kind, turn, resolvedAt: turn.at }
}
