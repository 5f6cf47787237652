import type { Rule, StoredIncident, KnownTransition } from './incident.ts'

/** A known incident beside the transitions it follows from. */
export type KnownIncident = StoredIncident & {
  /** Null if it began before the transitions at hand. */
  openedBy: KnownTransition | null
  /** Its opening transition holds no more: it moves to another one or is retracted. */
  isOrphan: boolean
  /** Null while open, if a person resolved it, and if it ended before the transitions at hand. */
  closedBy: KnownTransition | null
  /** Its end stands, whatever the transitions say. */
  isEnded: boolean
}

/** One stretch of trouble as the transitions tell it. `opening` is null if it began before them. */
export type Span = {
  opening: KnownTransition | null
  closing: KnownTransition | null
  known: KnownIncident | null
}

/** Finds each incident's transitions by their instants: an incident starts and ends at the `at` of a transition. */
export function recognise(
  rule: Rule,
  incidents: readonly StoredIncident[],
  transitions: readonly KnownTransition[],
  superseded: readonly KnownTransition[],
): KnownIncident[] {
  const opening = (list: readonly KnownTransition[], at: number) =>
    list.find((transition) => transition.at === at && transition.to === rule.opens)
  const closing = (list: readonly KnownTransition[], at: number) =>
    list.find((transition) => transition.at === at && rule.closes.includes(transition.to))

  return incidents.map((incident) => {
    const { startedAt, resolvedAt } = incident
    const kept = opening(transitions, startedAt)
    const lost = kept ? undefined : opening(superseded, startedAt)
    const closedBy =
      resolvedAt === null
        ? undefined
        : (closing(transitions, resolvedAt) ?? closing(superseded, resolvedAt))
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
  transitions: readonly KnownTransition[],
): Span[] {
  const unclaimed = new Set(known.filter((incident) => incident.openedBy))
  const carried = known.find((incident) => !incident.openedBy && !incident.isEnded)
  const spans: Span[] = carried ? [{ opening: null, closing: null, known: carried }] : []
  let current = spans[0] ?? null
  for (const [index, transition] of transitions.entries()) {
    if (current?.known && wasEndedBefore(transition, current.known, unclaimed)) current = null
    if (current && rule.closes.includes(transition.to)) {
      current.closing = transition
      current = null
    } else if (!current && transition.to === rule.opens) {
      const incident =
        openedBy(transition, unclaimed) ??
        heirOf(transition, transitions.slice(index + 1), rule, unclaimed)
      if (incident) unclaimed.delete(incident)
      current = { opening: transition, closing: null, known: incident ?? null }
      spans.push(current)
    }
  }
  return spans
}

function openedBy(
  transition: KnownTransition,
  unclaimed: ReadonlySet<KnownIncident>,
): KnownIncident | undefined {
  return [...unclaimed].find(
    (incident) => !incident.isOrphan && incident.startedAt === transition.at,
  )
}

// A person and a transition may come in either order within the same second: the incident that the
// transition once opened is the proof that the person was first.
function wasEndedBefore(
  transition: KnownTransition,
  known: KnownIncident,
  unclaimed: ReadonlySet<KnownIncident>,
): boolean {
  if (!known.isEnded || known.resolvedAt === null) return false
  return known.resolvedAt <= transition.decidedAt || openedBy(transition, unclaimed) !== undefined
}

/** The incident that lost its opening transition and overlaps the stretch which `transition` opens. */
function heirOf(
  transition: KnownTransition,
  later: readonly KnownTransition[],
  rule: Rule,
  unclaimed: ReadonlySet<KnownIncident>,
): KnownIncident | undefined {
  const endsAt = later.find((next) => rule.closes.includes(next.to))?.at ?? Infinity
  return [...unclaimed].find(
    ({ isOrphan, startedAt, resolvedAt }) =>
      isOrphan && startedAt < endsAt && (resolvedAt ?? Infinity) > transition.at,
  )
}
