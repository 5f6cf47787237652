import pg from 'pg'
import { inject } from 'vitest'
import { databaseAt } from '../database.ts'

/** A database in which nothing has been made yet; dropped with the others of the run at its end. */
export async function createBlankDatabase(): Promise<string> {
  const server = inject('databaseServer')
  const name = `${server.prefix}blank_${crypto.randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end())
  return databaseAt(server.url, name)
}
