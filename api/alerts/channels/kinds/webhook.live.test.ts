import { expect, it } from 'vitest'
import { addChannel } from '../../../../test/channels.ts'
import { eventually } from '../../../../test/eventually.ts'
import { openTestServer } from '../../../../test/graphql-server.ts'
import { make } from '../../../../test/making.ts'
import { gather } from '../../../../test/people.ts'
import { setUps } from '../../../../test/receivers/channels.ts'
import { startReceiver } from '../../../../test/receivers/receiver.ts'
import { report } from '../../../../test/reports.ts'
import { encodeId, uuidOf } from '../../../graphql/ids.ts'
import { startDispatcher } from '../../../outbox/jobs.ts'
import { alertLanes } from '../../jobs.ts'
import { reviewWithheld } from '../../withholding/deeds.ts'

const END_WORK = `mutation ($id: ID!) {
  deleteMaintenanceWindow(input: { id: $id }) { deletedMaintenanceWindowId } }`
const TEST = 'mutation ($id: ID!) { testChannel(input: { id: $id }) { delivery { outcome } } }'

/** A shop that is watched, and an address that hears of it. */
async function openStage() {
  const receiver = await startReceiver(() => ({ status: 204 }))
  const app = await openTestServer({ variables: { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' } })
  const { alice } = await gather(app)
  const hook = await addChannel(app.deps, alice.workspaceId, { webhook: { url: receiver.url } })
  const shop = { name: 'Shop', kind: 'HTTP', target: 'https://shop.example' }
  const shopId = await make(alice, 'createMonitor', 'monitor', shop)
  let fromMs = Date.now()
  return {
    app,
    receiver,
    /** What is seen of it comes a minute after what was seen before. */
    see(...outcomes: ('UP' | 'DOWN')[]) {
      fromMs += 60_000
      const seen = outcomes.map((outcome) => ({ outcome }))
      return report(app.deps, uuidOf('Monitor', shopId), seen, { fromMs })
    },
    maintain(): Promise<string> {
      const startsAt = new Date().toISOString().slice(0, 16)
      const work = { name: 'Work', startsAt, durationMinutes: 60, monitorIds: [shopId] }
      return make(alice, 'createMaintenanceWindow', 'maintenanceWindow', work)
    },
    async endWork(id: string) {
      await alice.ask(END_WORK, { id })
      await reviewWithheld(app.deps)
    },
    tryOut: () => alice.ask(TEST, { id: encodeId('Channel', hook.id) }),
    /** As soon as there are so many. */
    async delivered(count: number) {
      const isThere = () => receiver.received.length === count
      await eventually(`${count} deliveries`, isThere)
      return receiver.received.map(({ body }) => JSON.parse(body))
    },
    dispatch() {
      const dispatcher = startDispatcher(app.deps, alertLanes)
      return { [Symbol.asyncDispose]: () => dispatcher.stop() }
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

it('holds to the published schema in what it delivers: late, in time, and of a trial', async () => {
  await using stage = await openStage()
  const workId = await stage.maintain()
  await stage.see('DOWN', 'DOWN', 'DOWN')
  await stage.app.database.pool.query(
    `UPDATE alerts SET created_at = created_at - interval '42 min'`,
  )
  await stage.endWork(workId)
  await stage.see('UP')
  await using _ = stage.dispatch()
  await stage.delivered(2)
  await stage.tryOut()
  const payloads = await stage.delivered(3)
  for (const payload of payloads)
    expect(setUps.WEBHOOK.schema.safeParse(payload).error).toBeUndefined()
  expect(payloads.map(({ type }) => type)).toEqual(['alert.down', 'alert.up', 'test'])
  const [down, up] = payloads
  const { reason, withheldSeconds, releasedAt } = down.data.alert.lateness
  expect(reason).toBe('MAINTENANCE')
  expect(withheldSeconds).toBeGreaterThanOrEqual(42 * 60)
  const heldMs = Date.parse(releasedAt) - Date.parse(down.timestamp)
  expect(Math.round(heldMs / 1_000)).toBe(withheldSeconds)
  expect(up.data.alert.lateness).toBeNull()
  expect(up.data.incident.isRetracted).toBe(false)
})
