/** What each may hold only so many of at the same time. Every process counts for itself. */
export type Places = {
  /** Null where all of the holder's are taken. */
  take(holder: string): Place | null
}

export type Place = {
  /** Is another holder's from now on. False where all of theirs are taken, and where it was left before. */
  moveTo(holder: string): boolean
  /** Gives it back, once, however often it is called. */
  leave(): void
}

export function createPlaces(each: number): Places {
  const taken = new Map<string, number>()

  function occupy(holder: string): boolean {
    const count = taken.get(holder) ?? 0
    if (count >= each) return false
    taken.set(holder, count + 1)
    return true
  }

  function vacate(holder: string): void {
    const left = taken.get(holder)! - 1
    if (left === 0) taken.delete(holder)
    else taken.set(holder, left)
  }

  function placeOf(first: string): Place {
    let holder: string | null = first
    return {
      moveTo(next) {
        if (holder === null || !occupy(next)) return false
        vacate(holder)
        holder = next
        return true
      },
      leave() {
        if (holder !== null) vacate(holder)
        holder = null
      },
    }
  }

  return { take: (holder) => (occupy(holder) ? placeOf(holder) : null) }
}
