import type { Database } from '../api/platform/database.ts'

export type Watched = { monitorId: string; workspaceId: string }

/** A workspace with `members` (the first one its owner) and `count` monitors, made by nobody. */
export async function watch(
  database: Database,
  {
    members = [],
    alertEmail = null,
    count = 1,
  }: { members?: string[]; alertEmail?: string | null; count?: number },
): Promise<{ workspaceId: string; userIds: string[]; monitors: Watched[] }> {
  const workspaceId = await makeWorkspace(database)
  const userIds: string[] = []
  for (const email of members) {
    const role = userIds.length === 0 ? 'OWNER' : 'MEMBER'
    userIds.push(await addMember(database, { workspaceId, email, role }))
  }
  const monitors = await addMonitors(database, { workspaceId, alertEmail, count })
  return { workspaceId, userIds, monitors }
}

export async function makeWorkspace({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO workspaces (name) VALUES ('Test') RETURNING id`,
  )
  return rows[0]!.id
}

/** By SQL: nobody checks them, and no region has a vote on them. */
export async function addMonitors(
  { pool }: Database,
  {
    workspaceId,
    alertEmail = null,
    count = 1,
    madeAt = Date.now(),
  }: { workspaceId: string; alertEmail?: string | null; count?: number; madeAt?: number },
): Promise<Watched[]> {
  // Their ids from the database, which lets none precede the one before within a millisecond.
  const { rows } = await pool.query<Watched>(
    `INSERT INTO monitors (workspace_id, name, kind, target, interval_seconds, timeout_ms, regions,
       failure_threshold, recovery_threshold, slow_threshold, normal_threshold, alert_email, created_at)
     SELECT $2, 'Shop', 'HTTP', 'https://shop.example', 60, 5000, '{local}', 3, 1, 3, 3, $3, $4
     FROM generate_series(1, $1)
     RETURNING id AS "monitorId", workspace_id AS "workspaceId"`,
    [count, workspaceId, alertEmail, new Date(madeAt)],
  )
  return rows
}

async function addMember(
  { pool }: Database,
  { workspaceId, email, role }: { workspaceId: string; email: string; role: 'OWNER' | 'MEMBER' },
): Promise<string> {
  const { rows } = await pool.query<{ userId: string }>(
    `WITH u AS (
       INSERT INTO users (email, name, password_hash) VALUES ($2, 'Member', 'none') RETURNING id
     )
     INSERT INTO memberships (workspace_id, user_id, role) SELECT $1, id, $3 FROM u
     RETURNING user_id AS "userId"`,
    [workspaceId, email, role],
  )
  return rows[0]!.userId
}
