import type { Sql } from '../../../platform/database.ts'

/** A picture is kept before the row that bears it is settled. */
const SETTLED_AFTER = '1 hour'

export async function notePicture(sql: Sql, name: string): Promise<void> {
  await sql.query('INSERT INTO pictures (name) VALUES ($1)', [name])
}

/** Names after the given one, in order, that no evidence bears any more, or that none ever did. */
export async function unusedPictures(sql: Sql, after: string, most: number): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT name FROM pictures p
     WHERE name > $1 AND created_at < now() - interval '${SETTLED_AFTER}'
       AND NOT EXISTS (SELECT FROM evidence e WHERE e.media_name = p.name)
     ORDER BY name LIMIT $2`,
    [after, most],
  )
  return rows.map(({ name }) => name)
}

export async function forgetPicture(sql: Sql, name: string): Promise<void> {
  await sql.query('DELETE FROM pictures WHERE name = $1', [name])
}
