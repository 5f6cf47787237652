import { expect, it } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { eventually } from '../../test/eventually.ts'
import { openProxy } from '../../test/rig/proxy.ts'
import { tellTime } from '../../test/rig/told-time.ts'
import { startDatabaseClock } from './clock.ts'
import { openDatabase } from './database.ts'

const YEAR_2001 = Date.parse('2001-02-03T04:05:06Z')
const MINUTE_MS = 60_000
const LATE_MS = 300

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

it('is not ahead by half of what it took to connect', async () => {
  await using database = await openTestDatabase()
  await using proxy = await openProxy(Number(new URL(database.url).port))
  proxy.delay(LATE_MS)
  const far = openDatabase(proxy.throughHere(database.url))
  const clock = await startDatabaseClock(far)
  const aheadMs = clock.now() - Date.now()
  await clock.stop()
  await far.close()
  // Connecting takes three ways there and back, of which it was half ahead; the question itself takes one.
  expect(Math.abs(aheadMs)).toBeLessThan(2 * LATE_MS)
})
