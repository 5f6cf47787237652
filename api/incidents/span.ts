import type { Rule, StoredIncident, StoredTurn } from './incident.ts'

/** A known incident beside the turns it follows from. */
export type KnownIncident = StoredIncident & {
  /** Null if it began before the turns at hand. */
  openedBy: StoredTurn | null
  /** Its opening turn holds no more: it moves to another one or is retracted. */
  isOrphan: boolean
  /** Null while open, if a person resolved it, and if it ended before the turns at hand. */
  closedBy: StoredTurn | null
  /** Its end stands, whatever the turns say. */
  isEnded: boolean
}

/** One stretch of trouble as the turns tell it. `opening` is null if it began before them. */
export type Span = {
  opening: StoredTurn | null
  closing: StoredTurn | null
  known: KnownIncident | null
}

/** Finds each incident's turns by their instants: an incident starts and ends at the `at` of a turn. */
export function recognise(
  rule: Rule,
  incidents: readonly StoredIncident[],
  turns: readonly StoredTurn[],
  superseded: readonly StoredTurn[],
): KnownIncident[] {
  const opening = (list: readonly StoredTurn[], at: number) =>
    list.find((turn) => turn.at === at && turn.to === rule.opens)
  const closing = (list: readonly StoredTurn[], at: number) =>
    list.find((turn) => turn.at === at && rule.closes.includes(turn.to))

  return incidents.map((incident) => {
    const { startedAt, resolvedAt } = incident
    const kept = opening(turns, startedAt)
    const lost = kept ? undefined : opening(superseded, startedAt)
    const closedBy =
      resolvedAt === null
        ? undefined
        : (closing(turns, resolvedAt) ?? closing(superseded, resolvedAt))
    return {
      ...incident,
      openedBy: kept ?? lost ?? null,
      isOrphan: lost !== undefined,
      closedBy: closedBy ?? null,
      isEnded: resolvedAt !== null && closedBy === undefined,
    }
  })
}

/** The stretches of trouble of one kind, each with the incident that stands for it, if there is one. */
export function replay(
  rule: Rule,
  known: readonly KnownIncident[],
  turns: readonly StoredTurn[],
): Span[] {
  const unclaimed = new Set(known.filter((incident) => incident.openedBy))
  const carried = known.find((incident) => !incident.openedBy && !incident.isEnded)
  const spans: Span[] = carried ? [{ opening: null, closing: null, known: carried }] : []
  let current = spans[0] ?? null
  for (const [index, turn] of turns.entries()) {
    if (current?.known && wasEndedBefore(turn, current.known, unclaimed)) current = null
    if (current && rule.closes.includes(turn.to)) {
      current.closing = turn
      current = null
    } else if (!current && turn.to === rule.opens) {
      const incident =
        openedBy(turn, unclaimed) ?? heirOf(turn, turns.slice(index + 1), rule, unclaimed)
      if (incident) unclaimed.delete(incident)
      current = { opening: turn, closing: null, known: incident ?? null }
      spans.push(current)
    }
  }
  return spans
}

function openedBy(
  turn: StoredTurn,
  unclaimed: ReadonlySet<KnownIncident>,
): KnownIncident | undefined {
  return [...unclaimed].find((incident) => !incident.isOrphan && incident.startedAt === turn.at)
}

// A person and a turn may come in either order within the same second: the incident that the turn
// once opened is the proof that the person was first.
function wasEndedBefore(
  turn: StoredTurn,
  known: KnownIncident,
  unclaimed: ReadonlySet<KnownIncident>,
): boolean {
  if (!known.isEnded || known.resolvedAt === null) return false
  return known.resolvedAt <= turn.decidedAt || openedBy(turn, unclaimed) !== undefined
}

/** The incident that lost its opening turn and overlaps the stretch which `turn` opens. */
function heirOf(
  turn: StoredTurn,
  later: readonly StoredTurn[],
  rule: Rule,
  unclaimed: ReadonlySet<KnownIncident>,
): KnownIncident | undefined {
  const endsAt = later.find((next) => rule.closes.includes(next.to))?.at ?? Infinity
  return [...unclaimed].find(
    ({ isOrphan, startedAt, resolvedAt }) =>
      isOrphan && startedAt < endsAt && (resolvedAt ?? Infinity) > turn.at,
  )
}
