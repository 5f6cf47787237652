import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import { errorCode } from './error-code.ts'
import { failpoint } from './failpoint.ts'
import { StartRefusal } from './start-refusal.ts'

/** Any number that nothing else locks: processes that start together migrate one after the other. */
const MIGRATION_LOCK = 7_428_001

const MIGRATIONS_FOLDER = new URL('../../prisma/migrations/', import.meta.url)

/** The table as Prisma makes it, so that `prisma migrate` works on the same database. */
const CREATE_HISTORY = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`

export type Migration = { name: string; sql: string; checksum: string }

type AppliedMigration = { name: string; checksum: string; isFinished: boolean }

/**
 * Brings the database up to date and returns the names of what was applied.
 * Written here rather than left to Prisma's engine: it records a migration before and after running it,
 * so a kill between the two leaves a history that only a person can repair. Here both commit as one.
 */
export async function applyMigrations(databaseUrl: string): Promise<string[]> {
  const client = await connect(databaseUrl)
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(CREATE_HISTORY)
    const pending = pendingMigrations(await readMigrations(), await appliedMigrations(client))
    for (const migration of pending) await applyMigration(client, migration)
    return pending.map((migration) => migration.name)
  } finally {
    await client.end()
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect().catch((error: Error) => {
    throw new StartRefusal(`The database cannot be reached: ${error.message || errorCode(error)}`)
  })
  return client
}

/** The migrations of this version, oldest first. */
export async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(MIGRATIONS_FOLDER, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(names.sort().map(readMigration))
}

async function readMigration(name: string): Promise<Migration> {
  const sql = await readFile(new URL(`${name}/migration.sql`, MIGRATIONS_FOLDER), 'utf8')
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

async function appliedMigrations(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished"
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return rows
}

function pendingMigrations(known: Migration[], applied: AppliedMigration[]): Migration[] {
  for (const entry of applied) {
    const trouble = troubleOf(
      entry,
      known.find(({ name }) => name === entry.name),
    )
    if (trouble)
      throw new StartRefusal(`The database cannot be used: migration ${entry.name} ${trouble}.`)
  }
  return known.filter(({ name }) => !applied.some((entry) => entry.name === name))
}

function troubleOf(applied: AppliedMigration, known: Migration | undefined): string | null {
  if (!known) return 'is of a newer Pharos; update this one'
  if (!applied.isFinished) return 'was begun by another tool and failed'
  return known.checksum === applied.checksum ? null : 'was changed after it was applied'
}

async function applyMigration(client: pg.Client, { name, sql, checksum }: Migration) {
  await client.query('BEGIN')
  await client.query(sql)
  failpoint('during-migration')
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  )
  await client.query('COMMIT')
}
