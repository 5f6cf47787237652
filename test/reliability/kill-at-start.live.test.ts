import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { readMigrations } from '../../api/platform/migrate.ts'
import { createBlankDatabase } from '../rig/blank-database.ts'
import { signUp } from '../rig/graphql.ts'
import { ageLeases } from '../rig/leases.ts'
import { consult } from '../rig/oracle.ts'
import { createCast, everythingRun, everythingTold, RECIPIENT, turn } from '../rig/play.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const KILLS = full ? 100 : 3
const MONITORS = 3
const TIMEOUT_MS = full ? 1_800_000 : 120_000

describe.concurrent('a server killed while it starts', () => {
  test(
    'at its first step: the next one goes on where the last one was',
    async () => {
      await using stage = await openStage()
      let server = await stage.start()
      const alice = await signUp(() => server.url!, RECIPIENT)
      const play = await createCast(alice, stage, MONITORS)
      for (let kills = 0; kills < KILLS; kills += 1) {
        await turn(stage, alice, play)
        await server.kill()
        await expectKilledAt(stage, 'at-start')
        await ageLeases(stage.database.pool)
        server = await stage.start()
      }
      await everythingTold(stage)
      await everythingRun(stage, play.slots)
      const { faults, ...counts } = await consult(stage.database.pool, play, stage.sink.mails)
      expect(faults).toEqual([])
      tell('at-start', counts)
    },
    TIMEOUT_MS,
  )

  test(
    'during a migration: all of it is there or nothing, and the next start completes it',
    async () => {
      await using stage = await openStage()
      const migrations = (await readMigrations()).map(({ name }) => name)
      for (let kills = 0; kills < KILLS; kills += 1) {
        const databaseUrl = await createBlankDatabase()
        const applied = kills % migrations.length
        await expectKilledAt(stage, `during-migration:${applied + 1}`, databaseUrl)
        expect(await migrationsOf(databaseUrl)).toEqual(migrations.slice(0, applied))
        const server = await stage.start({ databaseUrl })
        expect(await migrationsOf(databaseUrl)).toEqual(migrations)
        await signUp(() => server.url!, RECIPIENT)
        await server.kill()
      }
      tell('during-migration', { migrations: migrations.length })
    },
    TIMEOUT_MS,
  )
})

async function expectKilledAt(stage: Stage, crashAt: string, databaseUrl = stage.database.url) {
  const doomed = await stage.start({ crashAt, databaseUrl })
  expect(await doomed.ended).toBe(null)
}

/** The migrations that took effect, by their history. */
async function migrationsOf(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1',
    )
    return rows.map(({ name }) => name)
  } finally {
    await client.end()
  }
}

function tell(point: string, counts: object): void {
  if (full) console.log(`killed ${point} ${KILLS} times:`, JSON.stringify(counts))
}
