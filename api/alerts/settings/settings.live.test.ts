import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { make } from '../../../test/making.ts'
import { gather, type Person } from '../../../test/people.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'
import { readRoutes } from '../audience/store.ts'

const SETTINGS = `isOwn settings { channel { name } isActive onDown onUp onSlow onCertificate slowThresholdMs }`
const SET = `mutation ($input: SetAlertSettingsInput!) { setAlertSettings(input: $input) {
  monitor { name alertSettings { isOwn } } alertSettings { ${SETTINGS} } } }`

let app: TestServer
let alice: Person
let bob: Person
let charlie: Person

beforeAll(async () => {
  app = await openTestServer()
  ;({ alice, bob, charlie } = await gather(app))
})
afterAll(() => app[Symbol.asyncDispose]())

const channel = (name: string, person = alice) =>
  make(person, 'createChannel', 'channel', {
    name,
    webhook: { url: 'https://hooks.example/' },
    isDefault: false,
  })
const monitor = (name: string, person = alice) =>
  make(person, 'createMonitor', 'monitor', { name, kind: 'HTTP', target: 'https://shop.example' })
const set = (input: object, person = alice) => person.ask(SET, { input })

const everything = { isActive: true, onDown: true, onUp: true, onSlow: true, onCertificate: true }

it('holds for a monitor, or by default for all without settings of their own', async () => {
  const [ops, dev] = [await channel('Ops'), await channel('Dev')]
  const [shop] = [await monitor('Shop'), await monitor('Blog')]
  const settings = [{ channelId: ops }]
  const byDefault = {
    isOwn: false,
    settings: [{ channel: { name: 'Ops' }, slowThresholdMs: null, ...everything }],
  }
  const { data } = await set({ settings })
  expect(data.setAlertSettings).toEqual({ monitor: null, alertSettings: byDefault })
  const own = { channelId: dev, onUp: false, slowThresholdMs: 2_500 }
  const answer = await set({ monitorId: shop, settings: [own] })
  expect(answer.data.setAlertSettings.monitor).toEqual({
    name: 'Shop',
    alertSettings: { isOwn: true },
  })
  const list = await bob.ask(
    `{ monitors(orderBy: NAME) { nodes { name alertSettings { ${SETTINGS} } } } defaultAlertSettings { isOwn } }`,
  )
  expect(list.data.defaultAlertSettings).toEqual({ isOwn: false })
  const ofShop = { ...everything, onUp: false, slowThresholdMs: 2_500 }
  expect(list.data.monitors.nodes).toEqual([
    { name: 'Blog', alertSettings: byDefault },
    {
      name: 'Shop',
      alertSettings: { isOwn: true, settings: [{ channel: { name: 'Dev' }, ...ofShop }] },
    },
  ])
  const emptied = await set({ monitorId: shop, settings: [] })
  expect(emptied.data.setAlertSettings.alertSettings).toEqual({ isOwn: true, settings: [] })
  const left = await set({ monitorId: shop, settings: null })
  expect(left.data.setAlertSettings.alertSettings).toEqual(byDefault)
})

it('has no default but itself to go back to', async () => {
  const { errors } = await set({ settings: null })
  expect(errors[0]?.extensions.issues?.[0]?.path).toEqual(['settings'])
  expect((await set({ settings: [] })).data.setAlertSettings.alertSettings.settings).toEqual([])
})

it('stays a monitor’s own when its last channel is deleted: it hears none of the others', async () => {
  const [own, ofAll] = [await channel('Own'), await channel('Of all')]
  const shop = await monitor('Lonely')
  await set({ settings: [{ channelId: ofAll }] })
  await set({ monitorId: shop, settings: [{ channelId: own }] })
  const { errors } = await alice.ask(
    'mutation ($id: ID!) { deleteChannel(input: { id: $id }) { deletedChannelId } }',
    { id: own },
  )
  expect(errors).toEqual([])
  const { data } = await alice.ask(
    'query ($id: ID!) { monitor(id: $id) { alertSettings { isOwn settings { onDown } } } }',
    { id: shop },
  )
  expect(data.monitor.alertSettings).toEqual({ isOwn: true, settings: [] })
  const monitorId = uuidOf('Monitor', shop)
  expect(await readRoutes(app.database.pool, [monitorId])).toEqual(new Map())
})

it('refuses a channel that is deleted meanwhile', async () => {
  const channelId = await channel('Going')
  const { answer } = await inTransaction(app.database, async (tx) => {
    await tx.query('DELETE FROM channels WHERE id = $1', [uuidOf('Channel', channelId)])
    const setting = { answer: set({ settings: [{ channelId }] }) }
    await untilSomebodyWaits(app.database)
    return setting
  })
  expect((await answer).errors[0]?.extensions.code).toBe('NOT_FOUND')
})

it('is refused for what is another workspace’s, and changes nothing then', async () => {
  const [mine, theirs] = [await channel('Mine'), await channel('Theirs', charlie)]
  const shop = await monitor('Theirs', charlie)
  const codes = [
    await set({ settings: [{ channelId: theirs }] }),
    await set({ settings: [{ channelId: mine }, { channelId: theirs }] }),
    await set({ monitorId: shop, settings: [{ channelId: mine }] }),
    await set({ settings: [{ channelId: shop }] }),
  ].map(({ errors }) => errors[0]?.extensions.code)
  expect(codes).toEqual(Array(4).fill('NOT_FOUND'))
  const { rows } = await app.database.pool.query(
    `SELECT count(*)::int AS strange FROM alert_settings s JOIN channels c ON c.id = s.channel_id
     WHERE c.workspace_id <> s.workspace_id`,
  )
  expect(rows[0].strange).toBe(0)
})

it('names each channel once, and a threshold that can be', async () => {
  const channelId = await channel('Once')
  const refused = [
    await set({ settings: [{ channelId }, { channelId }] }),
    await set({ settings: [{ channelId, slowThresholdMs: 0 }] }),
  ].map(({ errors }) => errors[0]?.extensions.issues?.[0]?.path.join('.'))
  expect(refused).toEqual(['settings', 'settings.0.slowThresholdMs'])
})

it('is one set of settings after two were set at once', async () => {
  const [one, two] = [await channel('One'), await channel('Two')]
  const answers = await Promise.all([
    set({ settings: [{ channelId: one }] }),
    set({ settings: [{ channelId: two }] }),
    set({ settings: [{ channelId: one }] }),
  ])
  expect(answers.flatMap(({ errors }) => errors)).toEqual([])
  const { data } = await alice.ask('{ defaultAlertSettings { settings { channel { name } } } }')
  expect(data.defaultAlertSettings.settings).toHaveLength(1)
})
