import { expect, test } from 'vitest'
import { newTrack } from '../../../core/region.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { watch } from '../../../test/monitors.ts'
import { type Database, inTransaction } from '../../platform/database.ts'
import { silenceVotes } from './deeds.ts'
import { putTracks } from './store.ts'

const DUE_AT = 1_000

test('what cannot be looked for spoils nothing, and least of all what was found before another got in the way', async () => {
  await using database = await openTestDatabase()
  const { pool } = database
  await plantDueVote(database)
  await crossFirstRun(database)

  await using opened = new AsyncDisposableStack()
  const gate = opened.adopt(await pool.connect(), (client) => client.release())
  await gate.query('SELECT pg_advisory_lock(1)')
  const silencing = silenceVotes({ database }).catch((error: Error) => error.message)
  await untilSomebodyWaits(database)
  // From the second run on: no instant is looked for among texts.
  const altering = pool.query('ALTER TABLE region_votes ALTER silence_check_at TYPE text')
  await untilSomebodyWaits(database, 2)
  await gate.query('SELECT pg_advisory_unlock(1)')
  await altering

  expect(await silencing).toMatch('operator does not exist')
  const { rows } = await pool.query('SELECT silence_check_at::timestamptz AS at FROM region_votes')
  expect(rows).toEqual([{ at: new Date(DUE_AT) }])
})

async function plantDueVote(database: Database): Promise<void> {
  const { monitors } = await watch(database, {})
  const vote = { ...monitors[0]!, region: 'local', track: newTrack(0), silenceCheckAt: DUE_AT }
  await inTransaction(database, (tx) => putTracks(tx, [vote]))
}

/** The first to write a vote waits for the gate, and is then ended as for another's sake. */
async function crossFirstRun({ pool }: Database): Promise<void> {
  await pool.query(`
    CREATE SEQUENCE runs;
    CREATE FUNCTION cross_first() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('runs') > 1 THEN RETURN NEW; END IF;
      PERFORM pg_advisory_xact_lock(1);
      RAISE 'crossed' USING ERRCODE = '40P01';
    END $$;
    CREATE TRIGGER cross_first BEFORE UPDATE ON region_votes
      FOR EACH ROW EXECUTE FUNCTION cross_first()`)
}
