import type { Sql } from '../../api/platform/database.ts'
import { epochMs } from '../../api/platform/sql.ts'

export type Turn = { to: string; at: number }

type TimedCheck = { region: string; outcome: string; at: number }

/** Two regions at the least decide something. */
const MIN_FRESH = 2

/**
 * The turns of a monitor as anybody would have told them who heard of every check at its own instant:
 * a region votes as its last check says while that is fresh, and most votes decide. For monitors whose
 * regions confirm at the first check.
 */
export async function turnsByChecks(sql: Sql, target: string, freshMs: number): Promise<Turn[]> {
  const votes = new Map<string, TimedCheck>()
  const turns: Turn[] = []
  for (const check of await readChecks(sql, target)) {
    votes.set(check.region, check)
    const fresh = [...votes.values()].filter(({ at }) => check.at - at <= freshMs)
    const down = fresh.filter(({ outcome }) => outcome === 'DOWN')
    const to = down.length > fresh.length / 2 ? 'DOWN' : 'UP'
    const isTurn = fresh.length >= MIN_FRESH && to !== turns.at(-1)?.to
    if (isTurn) turns.push({ to, at: check.at })
  }
  return turns
}

/** What Pharos holds to be true of it now. */
export async function turnsTold(sql: Sql, target: string): Promise<Turn[]> {
  const { rows } = await sql.query<Turn>(
    `SELECT t.to_status AS to, ${epochMs('t.at')} AS at
     FROM transitions t JOIN monitors m ON m.id = t.monitor_id
     WHERE m.target = $1 AND t.superseded_at IS NULL ORDER BY t.decided_at`,
    [target],
  )
  return rows
}

async function readChecks(sql: Sql, target: string): Promise<TimedCheck[]> {
  const { rows } = await sql.query<TimedCheck>(
    `SELECT c.region, c.outcome, ${epochMs('c.checked_at')} AS at
     FROM checks c JOIN monitors m ON m.id = c.monitor_id
     WHERE m.target = $1 ORDER BY c.checked_at`,
    [target],
  )
  return rows
}
