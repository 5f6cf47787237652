import type { Sql } from '../../api/platform/database.ts'

/** How many answers were kept as evidence: for each the target was asked once more than for its checks. */
export async function countEvidence(sql: Sql): Promise<number> {
  const { rowCount } = await sql.query('SELECT FROM evidence WHERE taken_at IS NOT NULL')
  return rowCount ?? 0
}
