import { expect, test } from 'vitest'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { eventually } from '../../../test/eventually.ts'
import { makeWorkspace } from '../../../test/monitors.ts'
import { at, insertChecks, keepPastDay, makeMonitor } from '../../../test/past.ts'
import { inTransaction } from '../../platform/database.ts'
import { lockNextHour, rollUpHour } from '../../uptime/rollups/store.ts'
import { purgeDeleted } from './jobs.ts'
import { insertPurge } from './store.ts'

test('a monitor that is deleted while its hour is rolled up leaves nothing behind', async () => {
  const database = await openTestDatabase()
  await keepPastDay(database)
  const workspaceId = await makeWorkspace(database)
  const monitorId = await makeMonitor(database, workspaceId)
  await insertChecks(database, workspaceId, monitorId, at('08:00:00'), [['UP', 5]])
  await inTransaction(database, lockNextHour)

  const purging = await inTransaction(database, async (rollUp) => {
    await rollUpHour(rollUp, (await lockNextHour(rollUp))!)
    await inTransaction(database, async (tx) => {
      await tx.query('DELETE FROM monitors WHERE id = $1', [monitorId])
      await insertPurge(tx, monitorId)
    })
    const purge = { isDone: false, ended: purgeDeleted(testDeps(database)) }
    const isDone = () => void (purge.isDone = true)
    void purge.ended.then(isDone, isDone)
    await eventually('the purge waits, or is through', async () => {
      const { rowCount } = await database.pool.query(
        `SELECT FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      )
      return purge.isDone || rowCount === 1
    })
    return purge
  })
  await purging.ended
  const { rows } = await database.pool.query(
    `SELECT (SELECT count(*)::int FROM checks) AS checks,
       (SELECT count(*)::int FROM check_rollups) AS rollups, (SELECT count(*)::int FROM purges) AS purges`,
  )
  expect(rows).toEqual([{ checks: 0, rollups: 0, purges: 0 }])
  await database.close()
})
