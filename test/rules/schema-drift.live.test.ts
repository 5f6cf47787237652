import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import { expect, test } from 'vitest'
import type { Sql } from '../../api/platform/database.ts'
import { readMigrations } from '../../api/platform/migrate.ts'
import { openEmptyDatabase, openTestDatabase } from '../database.ts'
import { root } from '../source.ts'

const schema = {
  path: 'schema.prisma',
  content: readFileSync(join(root, 'prisma/schema.prisma'), 'utf8'),
}
const filters = { externalTables: [], externalEnums: [] }

// Left out, because Prisma's language has no words for it: partial indexes, CHECKs, and that
// `checks` is partitioned.
const CATALOG = `
  SELECT format('%s.%s %s%s = %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' NOT NULL' END, pg_get_expr(d.adbin, d.adrelid)) AS line
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
    AND NOT a.attisdropped AND c.relname <> '_prisma_migrations'
  UNION ALL
  SELECT replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
  WHERE c.relnamespace = 'public'::regnamespace AND i.indpred IS NULL
    AND c.relname <> '_prisma_migrations'
  UNION ALL
  SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'p', 'u')
    AND conrelid <> coalesce(to_regclass('_prisma_migrations'), 0)
  UNION ALL
  SELECT format('%s (%s)', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
  FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.typname
  ORDER BY 1`

test('the migrations make the tables of schema.prisma', async () => {
  await using migrated = await openTestDatabase()
  await using modelled = await openEmptyDatabase()
  await modelled.pool.query(await scriptOfSchema(modelled.url))
  const wanted = await catalog(modelled.pool)
  expect(wanted).toContain('monitors.interval_seconds integer NOT NULL = ')
  expect(await catalog(migrated.pool)).toEqual(wanted)
})

test("Prisma's own engine finds our migrations applied and unchanged", async () => {
  await using database = await openTestDatabase()
  const engine = await openEngine(database.url)
  const diagnosis = await engine.diagnoseMigrationHistory({
    migrationsList: await migrationsList(),
    optInToShadowDatabase: false,
    filters,
  })
  expect(diagnosis).toMatchObject({
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  })
})

async function scriptOfSchema(databaseUrl: string): Promise<string> {
  const engine = await openEngine(databaseUrl)
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [schema] },
    script: true,
    exitCode: null,
    filters,
  })
  return stdout ?? ''
}

function openEngine(databaseUrl: string): Promise<SchemaEngine> {
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(databaseUrl))
  return SchemaEngine.new({ datamodels: [[schema.path, schema.content]] }, () => {}, adapter)
}

async function migrationsList() {
  const migrations = await readMigrations()
  return {
    baseDir: join(root, 'prisma/migrations'),
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  }
}

async function catalog(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ line: string }>(CATALOG)
  return rows.map(({ line }) => line)
}
