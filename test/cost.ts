import type { Database, Transaction } from '../api/platform/database.ts'

/** A node of a plan, as EXPLAIN tells it in JSON. */
type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

type Statement = { text: string; values?: unknown[] }

/** How many rows PostgreSQL looks at for what `work` asks of it, by its own account. What is written is undone. */
export async function rowsVisited(
  { pool }: Database,
  work: (tx: Transaction) => Promise<unknown>,
): Promise<number> {
  const client = await pool.connect()
  let visited = 0
  const query = async (asked: string | Statement, values?: unknown[]) => {
    const { text, values: given } = typeof asked === 'string' ? { text: asked, values } : asked
    await client.query('SAVEPOINT before')
    const explained = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, given)
    await client.query('ROLLBACK TO before')
    visited += rowsOf(explained.rows[0]['QUERY PLAN'][0].Plan)
    return client.query(text, given)
  }
  try {
    await client.query('BEGIN')
    await work(whereAsked(query))
    return visited
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

/** For what asks by `query` alone. */
function whereAsked(query: (asked: string | Statement, values?: unknown[]) => unknown) {
  return { query } as unknown as Transaction
}

/** Those of the tables below, the ones that were looked at in vain too. */
function rowsOf(plan: Plan): number {
  const below = (plan.Plans ?? []).reduce((sum, one) => sum + rowsOf(one), 0)
  if (plan['Relation Name'] === undefined || plan['Node Type'] === 'ModifyTable') return below
  const inVain =
    (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
  return below + (plan['Actual Rows'] + inVain) * plan['Actual Loops']
}
