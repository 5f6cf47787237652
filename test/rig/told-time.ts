import { type Database, openDatabase } from '../../api/platform/database.ts'

/** A database whose clock stands where it is told to. */
export type ToldTime = Database & AsyncDisposable & { setNow(atMs: number): Promise<void> }

const CLOCK = `
  CREATE SCHEMA told;
  CREATE TABLE told.time AS SELECT pg_catalog.now() AS at;
  CREATE FUNCTION told.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT at FROM told.time'`

/** Another way into a test database, on which `now()` is what was told last: the schema `told` is searched first. */
export async function tellTime(database: Database & { url: string }): Promise<ToldTime> {
  await database.pool.query(CLOCK)
  const url = new URL(database.url)
  url.searchParams.set('options', '-c search_path=told,public,pg_catalog')
  const told = openDatabase(url.href)
  return {
    ...told,
    async setNow(atMs) {
      await told.pool.query('UPDATE told.time SET at = to_timestamp($1 / 1000.0)', [atMs])
    },
    [Symbol.asyncDispose]: told.close,
  }
}
