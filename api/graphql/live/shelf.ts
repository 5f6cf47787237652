type Item = { length: number; drop(): void }

/** Where results stand that may be asked for again: whoever was gone for a moment costs no execution. */
export type Shelf = { put(item: Item): void }

/** Holds so many bytes together; what has stood there the longest makes room. */
export function createShelf(maxLength: number): Shelf {
  const items = new Set<Item>()
  let length = 0
  return {
    put(item) {
      items.add(item)
      length += item.length
      for (const oldest of items) {
        if (length <= maxLength) return
        items.delete(oldest)
        length -= oldest.length
        oldest.drop()
      }
    },
  }
}
