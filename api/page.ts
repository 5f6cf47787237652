import { Refusal } from './refusal.ts'
import { isUuid } from './uuid.ts'

/** What lies between two places of a list, neither included; the last entry comes first where `isBackward`. */
export type Page<Place> = {
  after: Place | null
  before: Place | null
  isBackward: boolean
  most: number
}

type CursorQuery = { cursor?: { id?: string }; skip?: number; take?: number }
type KeysetQuery<Query, Where> = Omit<Query, 'cursor' | 'skip'> & {
  where: Where & { id?: { lt?: string; gt?: string } }
  orderBy: { id: 'desc' }
}

/**
 * Turns the query of a connection into a keyset over the UUIDv7 id, newest first. Prisma's own
 * cursor needs its row: deleted, the list would end there; foreign, it would tell that it exists.
 */
export function newestFirst<Query extends CursorQuery, Where extends object>(
  { cursor, skip: _, ...query }: Query,
  where: Where,
): KeysetQuery<Query, Where> {
  if (!cursor?.id) return { ...query, where, orderBy: { id: 'desc' } }
  const backward = (query.take ?? 0) < 0
  if (!isUuid(cursor.id)) throw badCursor(backward ? 'before' : 'after')
  const id = backward ? { gt: cursor.id } : { lt: cursor.id }
  return { ...query, where: { ...where, id }, orderBy: { id: 'desc' } }
}

export function badCursor(argument: 'after' | 'before'): Refusal {
  return new Refusal('BAD_USER_INPUT', 'The cursor cannot be read.', {
    issues: [{ path: [argument], message: 'must be a cursor of this list' }],
  })
}
