import pg from 'pg'
import type { TestDatabase } from './database.ts'

/** The statements that `work` sends to this database, those of Prisma included. Not for two works at once. */
export async function statementsOf(
  { url }: TestDatabase,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const database = new URL(url).pathname.slice(1)
  const seen: string[] = []
  const { query } = pg.Client.prototype
  // The driver has no hook of its own for what it sends.
  pg.Client.prototype.query = function (
    this: pg.Client & { database: string },
    ...args: unknown[]
  ) {
    if (this.database === database) seen.push(textOf(args[0]))
    return Reflect.apply(query, this, args)
  } as typeof query
  try {
    await work()
  } finally {
    pg.Client.prototype.query = query
  }
  return seen
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : (query as { text: string }).text
}
