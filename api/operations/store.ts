import type { Sql } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import { LOCAL_REGION } from '../probes/assignment.ts'
import type { Backlog } from './readiness.ts'

export async function readBacklog(sql: Sql): Promise<Backlog> {
  const { rows } = await sql.query<Backlog>(BACKLOG, [LOCAL_REGION])
  return rows[0]!
}

// Only what somebody here should have looked at: other regions answer for their own slots, and an alert
// behind an undelivered one for the same recipient is not yet due.
const BACKLOG = `
  SELECT ${epochMs('least(slot.due_at, heartbeat.due_at)')} AS "slotDueAt",
    ${epochMs('least(mail.due_at, alert.due_at)')} AS "deliveryDueAt",
    ${epochMs('now()')} AS now
  FROM (SELECT min(claimable_at) AS due_at FROM assignments WHERE region = $1) slot,
    (SELECT min(due_at) AS due_at FROM heartbeats) heartbeat,
    (SELECT min(next_attempt_at) AS due_at FROM account_mails WHERE status = 'PENDING') mail,
    (SELECT min(a.next_attempt_at) AS due_at FROM alerts a
     WHERE a.status = 'PENDING' AND NOT EXISTS (
       SELECT FROM alerts earlier
       WHERE earlier.monitor_id = a.monitor_id AND earlier.channel = a.channel
         AND earlier.recipient = a.recipient AND earlier.status = 'PENDING'
         AND earlier.position < a.position)) alert`
