import type { Sql } from '../../api/platform/database.ts'
import { eventually } from '../eventually.ts'
import { type Caller, createMonitor, signUp } from './graphql.ts'
import type { RunningServer } from './server.ts'
import type { Stage } from './stage.ts'

/** Longer than any test: who runs, runs because it was nudged. */
export const INTERVAL_SECONDS = 86_400
export const TIMEOUT_MS = 1_000

/** One monitor made over GraphQL and checked once, and as many like it as make up a crowd that idles until it is nudged. */
export async function gatherCrowd(
  stage: Stage,
  server: RunningServer,
  {
    count,
    intervalSeconds = INTERVAL_SECONDS,
    timeoutMs = TIMEOUT_MS,
  }: { count: number; intervalSeconds?: number; timeoutMs?: number },
): Promise<Caller> {
  const { pool } = stage.database
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const model = { name: 'crowd-0', target: stage.target.urlOf('crowd-0') }
  await createMonitor(alice, { ...model, intervalSeconds, timeoutMs })
  await eventually('the first of the crowd was checked', async () => {
    const { rowCount } = await pool.query('SELECT FROM checks')
    return rowCount === 1
  })
  await multiplyFirst(pool, stage.target.urlOf('{name}'), count - 1)
  return alice
}

/** So many more monitors like the first one, with its votes; `{name}` in the target is their own. */
export async function multiplyFirst(sql: Sql, target: string, count: number): Promise<void> {
  await multiplyMonitor(sql, target, count)
  await multiply(sql, 'region_votes')
  await multiply(sql, 'assignments')
}

/** By SQL: thousands would take minutes over GraphQL. Each member watches its own page of the target. */
async function multiplyMonitor(sql: Sql, target: string, count: number): Promise<void> {
  await sql.query(
    `INSERT INTO monitors
     SELECT member.* FROM monitors m, generate_series(1, $1) AS n,
       jsonb_populate_record(m, jsonb_build_object('id', uuidv7(), 'name', 'crowd-' || n,
         'target', replace($2, '{name}', 'crowd-' || n))) AS member`,
    [count, target],
  )
}

/** Gives every monitor that has none a row like the first one's. */
async function multiply(sql: Sql, table: string): Promise<void> {
  await sql.query(
    `INSERT INTO ${table}
     SELECT another.* FROM ${table} model, monitors m,
       jsonb_populate_record(model, jsonb_build_object('monitor_id', m.id)) AS another
     WHERE NOT EXISTS (SELECT FROM ${table} t WHERE t.monitor_id = m.id)`,
  )
}
