import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../api/platform/database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: { url: string; template: string; prefix: string }
  }
}

/** A test may stand still for as long as its machine does, and whoever waits for its locks waits on. */
const PATIENCE_MS = 60_000

/** `close` also drops it. Whoever opens `url` has the limits of production. */
export type TestDatabase = Database & AsyncDisposable & { url: string }

/** A fresh database of its own, migrated and empty: `await using database = await openTestDatabase()`. */
export function openTestDatabase(): Promise<TestDatabase> {
  return openCopy(inject('databaseServer').template)
}

/** One that nobody has migrated. */
export function openEmptyDatabase(): Promise<TestDatabase> {
  return openCopy('template0')
}

async function openCopy(template: string): Promise<TestDatabase> {
  const server = inject('databaseServer')
  const name = server.prefix + randomBytes(6).toString('hex')
  // Its files as they lie there: by default each page would go through the log.
  await runOnServer(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
  const url = databaseAt(server.url, name)
  const database = openDatabase(patient(url))
  const close = async () => {
    await database.close()
    await runOnServer(`DROP DATABASE ${name} WITH (FORCE)`)
  }
  return { ...database, url, close, [Symbol.asyncDispose]: close }
}

export function databaseAt(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

function patient(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.searchParams.set('statement_timeout', String(PATIENCE_MS))
  url.searchParams.set('idle_in_transaction_session_timeout', String(PATIENCE_MS))
  return url.href
}

async function runOnServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('databaseServer').url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
