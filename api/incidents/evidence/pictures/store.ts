import type { Sql } from '../../../platform/database.ts'

/** A picture is kept before the row that bears it is settled. */
const SETTLED_AFTER = '1 hour'
/** Nobody takes longer to remove one; and less than what lies between two rounds. */
const LEASE = '30 minutes'

export async function notePicture(sql: Sql, name: string, keptIn: string): Promise<void> {
  await sql.query(
    `INSERT INTO pictures (name, kept_in, due_at)
     VALUES ($1, $2, now() + interval '${SETTLED_AFTER}')`,
    [name, keptIn],
  )
}

/**
 * Takes some that lie there and no evidence bears any more, or none ever did; those that were tried before come last.
 * SKIP LOCKED: two that ask at once get different ones.
 */
export async function claimUnused(sql: Sql, keptIn: string, most: number): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `WITH unused AS (
       SELECT name FROM pictures p
       WHERE kept_in = $1 AND due_at <= now()
         AND NOT EXISTS (SELECT FROM evidence e WHERE e.media_name = p.name)
       ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )
     UPDATE pictures p SET due_at = now() + interval '${LEASE}'
     FROM unused WHERE p.name = unused.name
     RETURNING p.name`,
    [keptIn, most],
  )
  return rows.map(({ name }) => name)
}

export async function forgetPicture(sql: Sql, name: string): Promise<void> {
  await sql.query('DELETE FROM pictures WHERE name = $1', [name])
}
