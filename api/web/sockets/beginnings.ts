import type { Connection } from './connection.ts'

/**
 * Operations that do not stand yet. graphql-ws takes one that was completed meanwhile for the next one under
 * its id, and ends only that: until the first one stands, nobody else may have the id.
 */
export type Beginnings = {
  /** Null where the id is not free; else to be called once the operation stands, or does not come to be. */
  take(connection: Connection, id: string): (() => void) | null
}

export function createBeginnings(): Beginnings {
  const taken = new WeakMap<Connection, Set<string>>()
  return {
    take(connection, id) {
      const ids = taken.getOrInsertComputed(connection, () => new Set())
      if (ids.has(id)) return null
      ids.add(id)
      return () => {
        ids.delete(id)
        if (ids.size === 0) taken.delete(connection)
      }
    },
  }
}
