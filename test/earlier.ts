import type { Sql } from '../api/platform/database.ts'

/** As if what these columns say, by table, had happened so long before. */
export async function moveEarlier(
  sql: Sql,
  minutes: number,
  instants: Record<string, readonly string[]>,
): Promise<void> {
  for (const [table, columns] of Object.entries(instants)) {
    const earlier = columns.map((column) => `${column} = ${column} - $1 * interval '1 min'`)
    await sql.query(`UPDATE ${table} SET ${earlier.join(', ')}`, [minutes])
  }
}
