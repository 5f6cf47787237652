import { expect, it } from 'vitest'
import { openTestServer } from '../../../test/graphql-server.ts'
import { addMonitors } from '../../../test/monitors.ts'
import { gather } from '../../../test/people.ts'
import { turn } from '../../../test/telling.ts'
import { encodeId } from '../../graphql/ids.ts'
import { digestLines, digestTitle } from '../channels/digest.ts'
import { reviewFarewells } from '../farewells/release/deeds.ts'
import { readDigest } from './store.ts'

it('a digest counts the last words on monitors that are gone, and says what they are', async () => {
  await using server = await openTestServer()
  const { alice } = await gather(server)
  const { pool, prisma } = server.database
  const { workspaceId } = alice
  const monitors = await addMonitors(server.database, { workspaceId, count: 6 })
  await turn(
    server.database,
    ...monitors.map((each) => ({ ...each, from: 'UP', to: 'DOWN', at: Date.now() }) as const),
  )
  await pool.query(`UPDATE alerts SET status = 'SENT', sent_at = now() WHERE digest_id IS NULL`)
  await alice.ask(
    'mutation ($id: ID!) { deleteMonitor(input: { id: $id }) { deletedMonitorId } }',
    { id: encodeId('Monitor', monitors[0]!.monitorId) },
  )
  await pool.query(`UPDATE farewells SET created_at = now() - interval '31 s', review_at = now()`)
  await reviewFarewells(server.deps)

  const { data } = await alice.ask('{ alerts { nodes { digest { alertCount } } } }')
  const counts = data.alerts.nodes.flatMap(
    ({ digest }: { digest: { alertCount: number } | null }) => (digest ? [digest.alertCount] : []),
  )
  expect(counts).toEqual([2])
  const { id } = await prisma.digest.findFirstOrThrow()
  const digest = (await readDigest(pool, id))!
  expect(digestTitle(digest)).toBe('2 alerts: 1 down, 1 closed')
  expect(digestLines(digest.entries, 'UTC')[1]).toMatch(
    /^RESOLVED: Shop, after .*, the monitor was deleted \(alice\)$/,
  )
})
