import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepPartitions } from '../api/checks/partitions/deeds.ts'
import { openDatabase, type Database } from '../api/platform/database.ts'
import { startEmbeddedPostgres } from '../api/platform/embedded-postgres.ts'
import { readEnvironment } from '../api/platform/environment.ts'
import { applyMigrations } from '../api/platform/migrate.ts'
import { newTrack } from '../core/region.ts'

export type Sandbox = AsyncDisposable & { dataDir: string; url: string; database: Database }

/** An own PostgreSQL with the settings of `npm start`, migrated, under a folder that goes with it. */
export async function openSandbox(): Promise<Sandbox> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-bench-'))
  const server = await startEmbeddedPostgres(dataDir)
  await applyMigrations(server.url)
  const database = openDatabase(server.url)
  await keepPartitions({ database, environment: readEnvironment({}) })
  return {
    dataDir,
    url: server.url,
    database,
    async [Symbol.asyncDispose]() {
      await database.close()
      await server.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** The postmaster's pid, for counting its CPU time. */
export function postgresPid(sandbox: Sandbox): number {
  return Number(
    readFileSync(join(sandbox.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0],
  )
}

export type Plan = { count: number; target: string; intervalSeconds: number; isChecked: boolean }

/** Monitors of one workspace, UP to nobody's surprise; their ids. `isChecked`: with runs spread over the interval. */
export async function plantMonitors({ database }: Sandbox, plan: Plan): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    `WITH w AS (INSERT INTO workspaces (name, max_monitors) VALUES ('bench', $1) RETURNING id)
     INSERT INTO monitors (workspace_id, name, kind, target, interval_seconds, timeout_ms, regions,
       failure_threshold, recovery_threshold, slow_threshold, normal_threshold, expectations,
       decidable_from)
     SELECT w.id, 'm' || n, 'HTTP', $2, $3, 10000, '{local}', 3, 1, 3, 3, $4, now() - interval '1 hour'
     FROM w, generate_series(1, $1) n RETURNING id`,
    [plan.count, plan.target, plan.intervalSeconds, JSON.stringify(PLAIN_GET)],
  )
  const track = JSON.stringify(newTrack(Date.now() - 3_600_000))
  await database.pool.query(
    `INSERT INTO region_votes (monitor_id, region, workspace_id, track)
     SELECT id, 'local', workspace_id, $1::jsonb FROM monitors`,
    [track],
  )
  if (plan.isChecked) {
    await database.pool.query(
      `INSERT INTO assignments (monitor_id, region, workspace_id, slot_at, claimable_at)
       SELECT id, 'local', workspace_id, at, at
       FROM (SELECT *, now() + random() * interval_seconds * interval '1 s' AS at FROM monitors) m`,
    )
  }
  await database.pool.query('ANALYZE')
  return rows.map((row) => row.id)
}

const PLAIN_GET = {
  method: 'GET',
  headerNames: [],
  body: null,
  authType: null,
  followRedirects: true,
  verifyTls: true,
  expectedStatus: [{ from: 200, to: 399 }],
}
