import { expect, test } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { watch, type Watched } from '../../test/monitors.ts'
import { turn } from '../../test/telling.ts'
import { judgeReadiness, latenessOf } from './readiness.ts'
import { readBacklog } from './store.ts'

test('a job that nobody has missed for 90 s is a check that is late', async () => {
  const database = await openTestDatabase()
  const { monitors } = await watch(database, { count: 2 })
  for (const [nth, { monitorId, workspaceId }] of monitors.entries()) {
    await database.pool.query(
      `INSERT INTO heartbeats (monitor_id, workspace_id, expected_at, due_at)
       VALUES ($1, $2, now() - interval '1 hour', now() - $3 * interval '45.2 s')`,
      [monitorId, workspaceId, nth + 1],
    )
  }
  const readiness = judgeReadiness(latenessOf(await readBacklog(database.pool)))
  expect(readiness.reasons).toEqual([expect.stringMatching(/^the oldest due check is 9\d s late$/)])
  await database.close()
})

test('what waits in a digest is no delivery that is late, and the digest is one', async () => {
  const database = await openTestDatabase()
  const { monitors } = await watch(database, { members: ['ada@example.com'], count: 6 })
  const down = { from: 'UP', to: 'DOWN', at: Date.now() - 60_000 } as const
  await turn(database, ...monitors.map((monitor) => ({ ...monitor, ...down })))
  await database.pool.query(
    `UPDATE alerts SET next_attempt_at = now() - interval '90.4 s',
       status = CASE WHEN digest_id IS NULL THEN 'SENT' ELSE 'PENDING' END::delivery_status,
       sent_at = CASE WHEN digest_id IS NULL THEN now() END`,
  )
  const reasons = async () => judgeReadiness(latenessOf(await readBacklog(database.pool))).reasons
  expect(await reasons()).toEqual([])
  await database.pool.query(`UPDATE digests SET next_attempt_at = now() - interval '90.4 s'`)
  expect(await reasons()).toEqual([expect.stringMatching(/9\d s late$/)])
  await database.close()
})

test('a step of escalation that nobody takes and a withheld alert that nobody looks at are late', async () => {
  const database = await openTestDatabase()
  const { monitors } = await watch(database, { members: ['ada@example.com'] })
  const [monitor] = monitors as [Watched]
  await turn(database, { ...monitor, from: 'UP', to: 'DOWN', at: Date.now() })
  const reasons = async () => judgeReadiness(latenessOf(await readBacklog(database.pool))).reasons
  expect(await reasons()).toEqual([])
  await database.pool.query(
    `INSERT INTO escalations (incident_id, workspace_id, policy, step, due_at)
     SELECT id, workspace_id, '{}', 0, now() - interval '90.4 s' FROM incidents`,
  )
  await database.pool.query(
    `UPDATE alerts SET status = 'WITHHELD', withheld_reason = 'MAINTENANCE', review_at = now() - interval '70.4 s'`,
  )
  expect(await reasons()).toEqual([
    expect.stringMatching(/^the oldest due step of escalation is 9\d s late$/),
    expect.stringMatching(/^the oldest due look at a withheld alert is 7\d s late$/),
  ])
  await database.close()
})
