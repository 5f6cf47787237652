import type { Connection } from './connection.ts'

/**
 * Operations that do not stand yet. graphql-ws takes one that was completed meanwhile for the next one under
 * its id, and ends only that: until the first one stands, nobody else may have the id.
 */
export type Beginnings = {
  /** False where the id is not free. */
  enter(connection: Connection, id: string): boolean
  leave(connection: Connection, id: string): void
}

export function createBeginnings(): Beginnings {
  const taken = new WeakMap<Connection, Set<string>>()
  return {
    enter(connection, id) {
      const ids = taken.getOrInsertComputed(connection, () => new Set())
      if (ids.has(id)) return false
      ids.add(id)
      return true
    },
    leave(connection, id) {
      const ids = taken.get(connection)
      ids?.delete(id)
      if (ids?.size === 0) taken.delete(connection)
    },
  }
}
