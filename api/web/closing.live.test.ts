import { expect, it } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { follow } from '../../test/followers.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather } from '../../test/people.ts'

const CHANGES = 'subscription { changes { cursor } }'

it('a stream that begins while the server goes does not hold it up', async () => {
  const going = await openTestServer()
  const { alice } = await gather(going)
  const letGo = await holdUpSubscribers(going)
  const following = follow('sse', going, { query: CHANGES, token: alice.token })
  // Never answered, or cut off: either way it is taken up again elsewhere.
  const ended = following.then(
    (follower) => follower.ended,
    () => 'cut',
  )
  await eventually('it is about to begin', () => isSomebodyHeldUp(going))
  let hasClosed = false
  void going[Symbol.asyncDispose]().then(() => (hasClosed = true))
  await letGo()
  await eventually('the server has closed', () => hasClosed, 5_000)
  expect(await ended).toBe('cut')
})

/** Nobody learns where a workspace stands until this is called off. */
async function holdUpSubscribers({ database }: TestServer): Promise<() => Promise<void>> {
  const client = await database.pool.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE change_counts')
  return async () => {
    await client.query('ROLLBACK')
    client.release()
  }
}

async function isSomebodyHeldUp({ database }: TestServer): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `SELECT FROM pg_locks WHERE relation = 'change_counts'::regclass AND NOT granted`,
  )
  return rowCount !== 0
}
