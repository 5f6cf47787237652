import { expect, it } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { eventually } from '../../test/eventually.ts'
import { tellTime } from '../../test/rig/told-time.ts'
import { startDatabaseClock } from './clock.ts'

const YEAR_2001 = Date.parse('2001-02-03T04:05:06Z')
const MINUTE_MS = 60_000

it("goes by the database's time, whatever this machine's is, and goes on", async () => {
  await using database = await openTestDatabase()
  await using told = await tellTime(database)
  await told.setNow(YEAR_2001)
  const clock = await startDatabaseClock(told)
  const from = clock.now()
  expect(Math.abs(from - YEAR_2001)).toBeLessThan(MINUTE_MS)
  await eventually('it has gone on', () => clock.now() > from)
  await clock.stop()
})
