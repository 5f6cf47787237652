import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../api/platform/embedded-postgres.ts'
import { applyMigrations, readMigrations } from '../api/platform/migrate.ts'
import { databaseAt } from './database.ts'

/** Two runs on one server build the template one after the other. */
const TEMPLATE_LOCK = 7_428_003

/** No test cuts the machine's power, and a killed process loses nothing that it has written. */
const TEST_SETTINGS = { max_connections: '300', fsync: 'off', full_page_writes: 'off' }

/** One server for the run, with one migrated database that every test file copies. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await testServer()
  const template = await migratedTemplate(server.url)
  const prefix = `pharos_test_${process.pid}_`
  project.provide('databaseServer', { url: server.url, template, prefix })
  return async () => {
    await dropDatabases(server.url, prefix)
    await server.stop()
  }
}

async function testServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const { DATABASE_URL } = process.env
  if (DATABASE_URL) return { url: DATABASE_URL, async stop() {} }
  const folder = await mkdtemp(join(tmpdir(), 'pharos-test-'))
  const server = await startEmbeddedPostgres(folder, TEST_SETTINGS)
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** Named after its migrations and renamed when complete, so a server that stays keeps it for the next run. */
async function migratedTemplate(serverUrl: string): Promise<string> {
  const checksums = (await readMigrations()).map((migration) => migration.checksum).join()
  const name = `pharos_template_${createHash('sha256').update(checksums).digest('hex').slice(0, 16)}`
  await onServer(serverUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount) return
    await client.query('DROP DATABASE IF EXISTS pharos_template_draft')
    await client.query('CREATE DATABASE pharos_template_draft')
    await applyMigrations(databaseAt(serverUrl, 'pharos_template_draft'))
    await client.query(`ALTER DATABASE pharos_template_draft RENAME TO ${name}`)
  })
  return name
}

/** What tests that were cut short have left behind. */
async function dropDatabases(serverUrl: string, prefix: string): Promise<void> {
  await onServer(serverUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    )
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
}

async function onServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
