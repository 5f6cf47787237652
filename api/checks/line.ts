/** What waits, by whose it is: who has little never waits for all of who has much. */
export type Line<Item> = {
  size(): number
  add(owner: string, item: Item): void
  /** The next ones: of each owner in turn one, each owner's own in their order. */
  take(): Item[]
}

/** At most `most` are taken at once; of one owner `mostOfOne`, unless nobody else waits. */
export function createLine<Item>({
  most,
  mostOfOne,
}: {
  most: number
  mostOfOne: number
}): Line<Item> {
  const owners = new Map<string, Item[]>()
  let size = 0

  const remove = (owner: string, count: number) => {
    const left = owners.get(owner)!.slice(count)
    owners.delete(owner)
    // Behind those who were not served this time.
    if (left.length > 0) owners.set(owner, left)
    size -= count
  }

  return {
    size: () => size,
    add(owner, item) {
      owners.getOrInsertComputed(owner, () => []).push(item)
      size += 1
    },
    take() {
      const shares = sharesOf(owners, most, owners.size === 1 ? most : mostOfOne)
      const taken = [...shares].flatMap(([owner, share]) => owners.get(owner)!.slice(0, share))
      for (const [owner, share] of shares) remove(owner, share)
      return taken
    },
  }
}

/** How many of each owner's come next, as if they were dealt one by one. */
function sharesOf(
  owners: ReadonlyMap<string, readonly unknown[]>,
  most: number,
  mostOfOne: number,
): Map<string, number> {
  const shares = new Map<string, number>()
  let inTurn = [...owners]
  let room = most
  for (let share = 1; share <= mostOfOne && inTurn.length > 0; share += 1) {
    inTurn = inTurn.filter(([, items]) => items.length >= share).slice(0, room)
    for (const [owner] of inTurn) shares.set(owner, share)
    room -= inTurn.length
  }
  return shares
}
