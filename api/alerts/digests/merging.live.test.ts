import { expect, it } from 'vitest'
import { openEmptyDatabase } from '../../../test/database.ts'
import { readMigrations } from '../../platform/migrate.ts'

const MERGING = '20261120162500_deliveries'

const OPEN_DIGESTS = `
  WITH workspace AS (
    INSERT INTO workspaces (name) VALUES ('Test') RETURNING id
  ), monitor AS (
    INSERT INTO monitors (workspace_id, name, kind, target, interval_seconds, timeout_ms, regions,
      failure_threshold, recovery_threshold, slow_threshold, normal_threshold)
    SELECT id, 'Shop', 'HTTP', 'https://shop.example', 60, 5000, '{local}', 3, 1, 3, 3 FROM workspace
    RETURNING id, workspace_id
  ), incident AS (
    INSERT INTO incidents (workspace_id, monitor_id, kind, started_at, cause)
    SELECT workspace_id, id, 'DOWN', now(), '' FROM monitor
    RETURNING id, workspace_id, monitor_id
  ), digest AS (
    INSERT INTO digests (workspace_id, channel, channel_id, recipient)
    SELECT w.id, 'EMAIL', d.channel_id, d.recipient FROM workspace w, (VALUES
      ('over its only channel', uuidv7()),
      ('over a channel and by its address', uuidv7()), ('over a channel and by its address', NULL),
      ('over two channels', uuidv7()), ('over two channels', uuidv7())
    ) AS d (recipient, channel_id)
    RETURNING id, channel_id, recipient
  )
  INSERT INTO alerts (workspace_id, monitor_id, incident_id, type, channel, channel_id, recipient, digest_id)
  SELECT i.workspace_id, i.monitor_id, i.id, 'DOWN', 'EMAIL', d.channel_id, d.recipient, d.id
  FROM incident i, digest d`

it('the open digests of a mailbox become one, by its address once they were not over one channel', async () => {
  await using database = await openEmptyDatabase()
  const migrations = await readMigrations()
  for (const { name, sql } of migrations.filter(({ name }) => name <= MERGING)) {
    if (name === MERGING) await database.pool.query(OPEN_DIGESTS)
    await database.pool.query(sql)
  }
  const { rows } = await database.pool.query(
    `SELECT recipient, channel_id IS NULL AS "isByAddress" FROM digests ORDER BY recipient`,
  )
  expect(rows).toEqual([
    { recipient: 'over a channel and by its address', isByAddress: true },
    { recipient: 'over its only channel', isByAddress: false },
    { recipient: 'over two channels', isByAddress: true },
  ])
})
