import type pg from 'pg'

type Query = pg.PoolClient['query']

/** Every statement that `work` sends through the pool, in order; BEGIN and COMMIT are statements too. */
export async function statementsOf(pool: pg.Pool, work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = []
  const untouched = new Map<pg.PoolClient, Query>()
  const listen = (client: pg.PoolClient) => {
    if (untouched.has(client)) return
    const query = client.query
    untouched.set(client, query)
    client.query = function record(this: pg.PoolClient, ...args: [unknown]) {
      statements.push(textOf(args[0]))
      return query.apply(this, args as never)
    } as Query
  }
  pool.on('acquire', listen)
  try {
    await work()
  } finally {
    pool.off('acquire', listen)
    for (const [client, query] of untouched) client.query = query
  }
  return statements
}

function textOf(query: unknown): string {
  const isConfig = typeof query === 'object' && query !== null && 'text' in query
  return String(isConfig ? query.text : query)
}
