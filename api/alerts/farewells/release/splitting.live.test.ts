import { expect, it } from 'vitest'
import { openEmptyDatabase } from '../../../../test/database.ts'
import { readMigrations } from '../../../platform/migrate.ts'

const SPLITTING = '20261120170000_farewells_paced'

const FAREWELLS = `
  WITH workspace AS (
    INSERT INTO workspaces (name) VALUES ('Test') RETURNING id
  )
  INSERT INTO farewells (workspace_id, channel, recipient, notices, status, sent_at)
  SELECT id, 'EMAIL', recipient, notices::jsonb, status::delivery_status, sent_at
  FROM workspace, (VALUES
    ('waits', '[{"monitorName": "a"}, {"monitorName": "b"}]', 'PENDING', NULL),
    ('was told', '[{"monitorName": "c"}]', 'SENT', now())
  ) AS f (recipient, notices, status, sent_at)`

it('what waited to be told of several monitors at once waits of each', async () => {
  await using database = await openEmptyDatabase()
  const migrations = await readMigrations()
  for (const { name, sql } of migrations.filter(({ name }) => name <= SPLITTING)) {
    if (name === SPLITTING) await database.pool.query(FAREWELLS)
    await database.pool.query(sql)
  }
  const { rows } = await database.pool.query(
    `SELECT recipient, status, notice, review_at IS NOT NULL AS "isReviewed" FROM farewells
     ORDER BY notice ->> 'monitorName'`,
  )
  expect(rows).toEqual([
    { recipient: 'waits', status: 'WITHHELD', notice: { monitorName: 'a' }, isReviewed: true },
    { recipient: 'waits', status: 'WITHHELD', notice: { monitorName: 'b' }, isReviewed: true },
    { recipient: 'was told', status: 'SENT', notice: { monitorName: 'c' }, isReviewed: false },
  ])
})
