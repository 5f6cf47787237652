import { randomUUIDv7 } from 'node:crypto'
import { followTurns } from '../api/incidents/effects/deeds.ts'
import type { Status, Turn } from '../api/monitors/timeline.ts'
import { insertTransitions, supersedeTransitions } from '../api/monitors/transitions/store.ts'
import { type Database, inTransaction, type Transaction } from '../api/platform/database.ts'

export type Watched = { monitorId: string; workspaceId: string }

/** A workspace with `members` (the first one its owner) and `count` monitors, made by nobody. */
export async function watch(
  database: Database,
  {
    members = [],
    alertEmail = null,
    count = 1,
  }: {
    members?: string[]
    alertEmail?: string | null
    count?: number
  },
): Promise<{ workspaceId: string; userIds: string[]; monitors: Watched[] }> {
  const { pool } = database
  const workspaceId = randomUUIDv7()
  await pool.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Test')`, [workspaceId])
  const userIds = members.map(() => randomUUIDv7())
  for (const [index, email] of members.entries()) {
    const userId = userIds[index]
    await pool.query(
      `INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Member', 'none')`,
      [userId, email],
    )
    await pool.query(`INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)`, [
      workspaceId,
      userId,
      index === 0 ? 'OWNER' : 'MEMBER',
    ])
  }
  const monitors = await addMonitors(database, { workspaceId, alertEmail, count })
  return { workspaceId, userIds, monitors }
}

export async function addMonitors(
  { pool }: Database,
  settings: { workspaceId: string; alertEmail?: string | null; count?: number },
): Promise<Watched[]> {
  const { workspaceId, alertEmail = null, count = 1 } = settings
  const monitors = Array.from({ length: count }, () => ({ monitorId: randomUUIDv7(), workspaceId }))
  await pool.query(
    `INSERT INTO monitors (id, workspace_id, name, kind, target, interval_seconds, timeout_ms, regions,
       failure_threshold, recovery_threshold, slow_threshold, normal_threshold, alert_email)
     SELECT id, $2, 'Shop', 'HTTP', 'https://shop.example', 60, 5000, '{local}', 3, 1, 3, 3, $3
     FROM unnest($1::uuid[]) AS m (id)`,
    [monitors.map((monitor) => monitor.monitorId), workspaceId, alertEmail],
  )
  return monitors
}

export type Turning = Watched & { from: Status; to: Status; at: number }

/** Turns monitors as deciding does: transitions, incidents and alerts in one transaction. */
export async function turn(
  database: Database,
  ...turnings: Turning[]
): Promise<{ transitionIds: string[]; statements: number }> {
  const stored = turnings.map((turning) => ({ ...turnOf(turning), ...turning, id: randomUUIDv7() }))
  const statements = await inTransaction(database, async (tx) => {
    await insertTransitions(tx, stored)
    const counted = counting(tx)
    await followTurns(
      counted.tx,
      stored.map(({ monitorId, workspaceId, ...one }) => ({
        monitorId,
        workspaceId,
        turns: [one],
        superseded: [],
      })),
      Date.now(),
    )
    return counted.statements()
  })
  return { transitionIds: stored.map(({ id }) => id), statements }
}

/** Late results: `gone` holds no more, and nothing takes its place. */
export async function takeBack(
  database: Database,
  { monitorId, workspaceId, ...gone }: Turning,
  transitionId: string,
): Promise<void> {
  const superseded = [{ ...turnOf({ monitorId, workspaceId, ...gone }), id: transitionId }]
  await inTransaction(database, async (tx) => {
    await supersedeTransitions(tx, [transitionId], Date.now())
    await followTurns(tx, [{ monitorId, workspaceId, turns: [], superseded }], Date.now())
  })
}

function counting(tx: Transaction): { tx: Transaction; statements: () => number } {
  let count = 0
  const query: Transaction['query'] = (...input: unknown[]) => {
    count += 1
    return Reflect.apply(tx.query, tx, input)
  }
  return { tx: { query, inTransaction: true }, statements: () => count }
}

function turnOf({ from, to, at }: Turning): Turn {
  const vote = to === 'DOWN' ? 'DOWN' : 'UP'
  return {
    from,
    to,
    at,
    decidedAt: at,
    votes: [{ region: 'local', vote, at, since: at, reason: 'told so', cause: null }],
    policy: { regionsAssigned: 1, quorum: null },
    reason: `it turned from ${from} to ${to}`,
    cause: to === 'DOWN' ? 'Connection refused' : null,
  }
}
