import { expect, it } from 'vitest'
import { holdUpSubscribers } from '../../test/changes.ts'
import { eventually } from '../../test/eventually.ts'
import { follow } from '../../test/followers.ts'
import { openTestServer } from '../../test/graphql-server.ts'
import { gather } from '../../test/people.ts'

const CHANGES = 'subscription { changes { cursor } }'

it('a stream that begins while the server goes does not hold it up', async () => {
  const going = await openTestServer()
  const { alice } = await gather(going)
  const { isSomebodyHeldUp, letGo } = await holdUpSubscribers(going.database)
  const following = follow('sse', going, { query: CHANGES, token: alice.token })
  // Never answered, or cut off: either way it is taken up again elsewhere.
  const ended = following.then(
    (follower) => follower.ended,
    () => 'cut',
  )
  await eventually('it is about to begin', isSomebodyHeldUp)
  let hasClosed = false
  void going.server.close().then(() => (hasClosed = true))
  await letGo()
  await eventually('the server has closed', () => hasClosed, 5_000)
  expect(await ended).toBe('cut')
  await going.database.close()
})
