import type { ProbeAssignment, ProbeResult } from '../core/probe-protocol.ts'

/** Enough for fifteen minutes, past which a result decides nothing, of 300 monitors every 10 s. */
const MAX_KEPT_RESULTS = 30_000

/** `post` is where an object was put, `held` what it has from the server, `suspense` what it looks at again soon. */
export type NoteName = 'post' | 'held' | 'suspense'

export type KeptResult = { id: number; json: string }

export function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS assignments (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS results (id INTEGER PRIMARY KEY, json TEXT NOT NULL);`)
}

/** As it was written: nobody else writes here. */
export function readNote<T>(sql: SqlStorage, name: NoteName): T | null {
  const [row] = sql.exec<Row>('SELECT id, json FROM notes WHERE id = ?', name)
  return row ? (JSON.parse(row.json) as T) : null
}

export function writeNote(sql: SqlStorage, name: NoteName, value: unknown): void {
  const json = JSON.stringify(value)
  sql.exec(
    `INSERT INTO notes (id, json) VALUES (?, ?)
     ON CONFLICT (id) DO UPDATE SET json = excluded.json WHERE json <> excluded.json`,
    name,
    json,
  )
}

export function readAssignments(sql: SqlStorage): ProbeAssignment[] {
  const rows = sql.exec<Row>('SELECT id, json FROM assignments').toArray()
  return rows.map(({ json }) => JSON.parse(json) as ProbeAssignment)
}

/** Writes no more than has changed: every row written is paid for. */
export function replaceAssignments(sql: SqlStorage, items: ProbeAssignment[]): void {
  const ids = new Set(items.map(({ monitorId }) => monitorId))
  const held = sql.exec<Row>('SELECT id, json FROM assignments').toArray()
  for (const { id } of held) if (!ids.has(id)) sql.exec('DELETE FROM assignments WHERE id = ?', id)
  for (const item of items) {
    sql.exec(
      `INSERT INTO assignments (id, json) VALUES (?, ?)
       ON CONFLICT (id) DO UPDATE SET json = excluded.json WHERE json <> excluded.json`,
      item.monitorId,
      JSON.stringify(item),
    )
  }
}

/** Keeps what the server did not take; of more than can be kept the oldest go. */
export function keepResults(sql: SqlStorage, results: ProbeResult[]): void {
  for (const result of results)
    sql.exec('INSERT INTO results (json) VALUES (?)', JSON.stringify(result))
  sql.exec('DELETE FROM results WHERE id <= (SELECT max(id) FROM results) - ?', MAX_KEPT_RESULTS)
}

export function hasResults(sql: SqlStorage): boolean {
  return sql.exec('SELECT 1 FROM results LIMIT 1').toArray().length > 0
}

export function oldestResults(sql: SqlStorage, most: number): KeptResult[] {
  return sql.exec<KeptResult>('SELECT id, json FROM results ORDER BY id LIMIT ?', most).toArray()
}

export function forgetResults(sql: SqlStorage, upToId: number): void {
  sql.exec('DELETE FROM results WHERE id <= ?', upToId)
}

type Row = { id: string; json: string }
