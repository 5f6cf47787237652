import { expect, it } from 'vitest'
import { eventually } from '../../../test/eventually.ts'
import { openTestServer } from '../../../test/graphql-server.ts'
import { enter } from '../../../test/sockets.ts'

const PING_EVERY_MS = 200

it('a server that stands still for longer than its pings take takes nobody for gone', async () => {
  await using app = await openTestServer({ limits: { pingEveryMs: PING_EVERY_MS } })
  using socket = await enter(app.url)
  let pings = 0
  socket.raw.on('ping', () => (pings += 1))
  await eventually('it is asked', () => pings > 0)
  standStill(3 * PING_EVERY_MS)
  await eventually('it is asked again', () => pings > 2)
  expect(socket.raw.readyState).toBe(socket.raw.OPEN)
})

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
