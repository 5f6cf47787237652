import { badInput, Refusal } from '../../refusal.ts'

export const MAX_PARENTS = 20
export const MAX_CHILDREN = 500

/** That one monitor depends on another. */
export type Dependency = { monitorId: string; parentId: string }

/**
 * The way by which a monitor would depend on itself through one of these parents, from itself to itself, or
 * null. `known` holds what the parents depend on, and all that is above them.
 */
export function findCycle(
  monitorId: string,
  parentIds: readonly string[],
  known: readonly Dependency[],
): string[] | null {
  const parentsOf = Map.groupBy(known, (one) => one.monitorId)
  const seen = new Set<string>()

  function wayFrom(id: string): string[] | null {
    if (id === monitorId) return [id]
    if (seen.has(id)) return null
    seen.add(id)
    for (const { parentId } of parentsOf.get(id) ?? []) {
      const way = wayFrom(parentId)
      if (way) return [id, ...way]
    }
    return null
  }

  for (const parentId of parentIds) {
    const way = wayFrom(parentId)
    if (way) return [monitorId, ...way]
  }
  return null
}

/** The parents without repeats. */
export function parseParents(parentIds: readonly string[]): string[] {
  const parents = [...new Set(parentIds)]
  if (parents.length <= MAX_PARENTS) return parents
  throw badInput('parentIds', `must have at most ${MAX_PARENTS} entries`)
}

export function isItsOwnParent(names: readonly string[]): Refusal {
  return badInput('parentIds', `must not make a monitor depend on itself: ${names.join(' → ')}`)
}

export function noRoomForChild(): Refusal {
  const message = `At most ${MAX_CHILDREN} monitors depend on one directly.`
  return new Refusal('LIMIT_REACHED', message)
}
