import { expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestServer } from '../../../test/graphql-server.ts'
import { gather } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { uuidOf } from '../../graphql/ids.ts'

const CREATE =
  'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'

const slow = (latencyMs: number) => ({ outcome: 'UP' as const, latencyMs })

it('tells slowness from each channel’s threshold on, by the fastest of the slow checks', async () => {
  await using app = await openTestServer()
  const { alice } = await gather(app)
  const { pool, prisma } = app.database
  for (const thresholdMs of [null, 900, 901]) {
    const webhook = { url: `https://hooks-${thresholdMs}.example/` }
    const { id } = await addChannel(app.deps, alice.workspaceId, { webhook })
    await pool.query('UPDATE alert_settings SET slow_threshold_ms = $2 WHERE channel_id = $1', [
      id,
      thresholdMs,
    ])
  }
  const { data } = await alice.ask(CREATE, {
    input: { name: 'Shop', kind: 'HTTP', target: 'https://shop.example', latencyThresholdMs: 500 },
  })
  const monitorId = uuidOf('Monitor', data.createMonitor.monitor.id)
  await report(app.deps, monitorId, [slow(100), slow(2_000), slow(900), slow(1_500)])
  const alerts = await prisma.alert.findMany({ orderBy: { position: 'asc' } })
  expect(alerts.map(({ type, recipient }) => `${type} ${recipient}`)).toEqual([
    'SLOW hooks-null.example',
    'SLOW hooks-900.example',
    'SLOW alice@example.com',
  ])
})
