import { ALERT_TURN, DIGEST_TURN, FAREWELL_TURN } from '../outbox/store.ts'
import type { Sql } from '../platform/database.ts'
import { epochMs } from '../platform/sql.ts'
import { LOCAL_REGION } from '../probes/assignment.ts'
import type { Backlog } from './readiness.ts'

export async function readBacklog(sql: Sql): Promise<Backlog> {
  const { rows } = await sql.query<Backlog>(BACKLOG, [LOCAL_REGION])
  return rows[0]!
}

// Only what somebody here should have looked at: other regions answer for their own slots, and what waits
// for something undelivered to the same recipient, or in a digest, is not yet due.
const BACKLOG = `
  SELECT ${epochMs('least(slot.due_at, heartbeat.due_at)')} AS "slotDueAt",
    ${epochMs('least(mail.due_at, alert.due_at, digest.due_at, other.due_at)')} AS "deliveryDueAt",
    ${epochMs('step.due_at')} AS "stepDueAt", ${epochMs('review.due_at')} AS "reviewDueAt",
    ${epochMs('now()')} AS now
  FROM (SELECT min(claimable_at) AS due_at FROM assignments WHERE region = $1) slot,
    (SELECT min(due_at) AS due_at FROM heartbeats) heartbeat,
    (SELECT min(due_at) AS due_at FROM escalations) step,
    (SELECT least(
       (SELECT min(review_at) FROM alerts WHERE status = 'WITHHELD'),
       (SELECT min(review_at) FROM farewells WHERE status = 'WITHHELD')) AS due_at) review,
    (SELECT min(next_attempt_at) AS due_at FROM account_mails WHERE status = 'PENDING') mail,
    (SELECT min(q.next_attempt_at) AS due_at FROM alerts q
     WHERE q.status = 'PENDING' AND ${ALERT_TURN}) alert,
    (SELECT min(q.next_attempt_at) AS due_at FROM digests q
     WHERE q.status = 'PENDING' AND ${DIGEST_TURN}) digest,
    (SELECT least(
       (SELECT min(next_attempt_at) FROM redeliveries WHERE status = 'PENDING'),
       (SELECT min(q.next_attempt_at) FROM farewells q
        WHERE q.status = 'PENDING' AND q.digest_id IS NULL AND ${FAREWELL_TURN})) AS due_at) other`
