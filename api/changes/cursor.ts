import { badInput, Refusal } from '../refusal.ts'

/** What of a workspace's changes is kept: none if `oldest` is `last + 1`. */
export type Bounds = { oldest: number; last: number }

/** Before the oldest change that is kept, wherever that is. */
const FROM_THE_OLDEST = '0'
const CURSOR = /^[1-9]\d{0,14}$/

/** Pass it as `after`, to go on behind this position. */
export function formatCursor(position: number): string {
  return String(position)
}

/** The position that a cursor names; refuses what is none, one that nothing has reached yet, and one too old. */
export function positionOf(cursor: string, { oldest, last }: Bounds): number {
  if (cursor === FROM_THE_OLDEST) return oldest - 1
  const position = CURSOR.test(cursor) ? Number(cursor) : Infinity
  if (position > last) throw badInput('after', 'must be the cursor of a change, or "0"')
  if (position < oldest - 1) throw expired(oldest)
  return position
}

/** Changes were missed that are no longer kept. */
export function expired(oldest: number): Refusal {
  const oldestCursor = formatCursor(oldest - 1)
  const message = `is older than what is kept: read afresh, then go on after ${oldestCursor}`
  return new Refusal('BAD_USER_INPUT', 'The cursor has expired.', {
    issues: [{ path: ['after'], message }],
    oldestCursor,
  })
}
