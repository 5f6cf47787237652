/** Whose a place is, by each kind of whom all together may only hold so many. */
export type Holders<Kind extends string> = Partial<Record<Kind, string>>

/** What each may hold only so many of at the same time. Every process counts for itself. */
export type Places<Kind extends string> = {
  /** One thing may take several. Null where all are taken of one of its holders, or of the process. */
  take(holders: Holders<Kind>, size?: number): Place<Kind> | null
}

export type Place<Kind extends string> = {
  /** Is of other holders from now on. False where all of theirs are taken, and where it was left before. */
  moveTo(holders: Holders<Kind>): boolean
  /** Gives it back, once, however often it is called. */
  leave(): void
}

/** `process` is how many there are in all. */
export function createPlaces<Kind extends string>(
  atMost: Record<Kind | 'process', number>,
): Places<Kind> {
  const taken = new Map<string, number>()

  function accountsOf(holders: Holders<Kind>): [account: string, limit: number][] {
    const kinds = Object.entries(holders) as [Kind, string][]
    const own = kinds.map(([kind, id]): [string, number] => [`${kind} ${id}`, atMost[kind]])
    return [...own, ['process', atMost.process]]
  }

  function occupy(holders: Holders<Kind>, size: number): boolean {
    const accounts = accountsOf(holders)
    if (accounts.some(([account, limit]) => (taken.get(account) ?? 0) + size > limit)) return false
    for (const [account] of accounts) taken.set(account, (taken.get(account) ?? 0) + size)
    return true
  }

  function vacate(holders: Holders<Kind>, size: number): void {
    for (const [account] of accountsOf(holders)) {
      const left = taken.get(account)! - size
      if (left === 0) taken.delete(account)
      else taken.set(account, left)
    }
  }

  function placeOf(first: Holders<Kind>, size: number): Place<Kind> {
    let holders: Holders<Kind> | null = first
    return {
      moveTo(next) {
        if (holders === null) return false
        vacate(holders, size)
        const hasRoom = occupy(next, size)
        if (hasRoom) holders = next
        else occupy(holders, size)
        return hasRoom
      },
      leave() {
        if (holders !== null) vacate(holders, size)
        holders = null
      },
    }
  }

  return {
    take: (holders, size = 1) => (occupy(holders, size) ? placeOf(holders, size) : null),
  }
}
