import { Refusal } from './refusal.ts'

/** The opaque form of a place in a list. */
export function encodeCursor(place: string): string {
  return Buffer.from(place).toString('base64url')
}

/** The place that a cursor stands for, read by `parse`; refused where that gives null. */
export function decodeCursor<Place>(
  cursor: string | null | undefined,
  parse: (text: string) => Place | null,
): Place | null {
  if (cursor == null) return null
  const place = parse(Buffer.from(cursor, 'base64url').toString())
  if (place === null) throw badCursor()
  return place
}

function badCursor(): Refusal {
  return new Refusal('BAD_USER_INPUT', 'The cursor cannot be read.', {
    issues: [{ path: ['after'], message: 'must be a cursor of this list' }],
  })
}
