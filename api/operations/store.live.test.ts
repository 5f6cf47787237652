import { expect, test } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { watch } from '../../test/monitors.ts'
import { judgeReadiness, latenessOf } from './readiness.ts'
import { readBacklog } from './store.ts'

test('a job that nobody has missed for 90 s is a check that is late', async () => {
  const database = await openTestDatabase()
  const { monitors } = await watch(database, { count: 2 })
  for (const [nth, { monitorId, workspaceId }] of monitors.entries()) {
    await database.pool.query(
      `INSERT INTO heartbeats (monitor_id, workspace_id, expected_at, due_at)
       VALUES ($1, $2, now() - interval '1 hour', now() - $3 * interval '45 s')`,
      [monitorId, workspaceId, nth + 1],
    )
  }
  const readiness = judgeReadiness(latenessOf(await readBacklog(database.pool)))
  expect(readiness.reasons).toEqual(['the oldest due check is 90 s late'])
  await database.close()
})
