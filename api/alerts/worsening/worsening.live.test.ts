import { expect, it } from 'vitest'
import { addChannel, addContact } from '../../../test/channels.ts'
import { openTestServer } from '../../../test/graphql-server.ts'
import { gather } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'
import { tellSomebodyElse } from '../deeds.ts'
import { readNotice } from '../store.ts'
import { tellLateHearers } from './deeds.ts'

const CREATE =
  'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'
const ACKNOWLEDGE =
  'mutation ($id: ID!) { acknowledgeIncident(input: { id: $id }) { incident { status } } }'

/** A monitor that is slow from 500 ms on, and a channel that hears of it from 2,000 ms on. */
async function openStage() {
  const app = await openTestServer()
  const { alice } = await gather(app)
  const { pool, prisma } = app.database
  const addPager = (url: string) => addChannel(app.deps, alice.workspaceId, { webhook: { url } })
  await addPager('https://pager.example/')
  await pool.query('UPDATE alert_settings SET slow_threshold_ms = 2000')
  const { data } = await alice.ask(CREATE, {
    input: { name: 'Shop', kind: 'HTTP', target: 'https://shop.example', latencyThresholdMs: 500 },
  })
  const monitorId = uuidOf('Monitor', data.createMonitor.monitor.id)
  let fromMs = Date.now() + 10
  return {
    deps: app.deps,
    pool,
    addPager,
    /** Two channels to the mailbox of a contact, which hear of it from 2,000 ms on. */
    async addMailbox(email: string) {
      const contactId = await addContact(app.deps, alice.workspaceId, { email })
      for (const name of ['one', 'two']) {
        await addChannel(app.deps, alice.workspaceId, { name, email: { contactId } })
      }
      await pool.query('UPDATE alert_settings SET slow_threshold_ms = 2000')
    },
    alice,
    async take(...latenciesMs: number[]) {
      const seen = latenciesMs.map((latencyMs) => ({ outcome: 'UP' as const, latencyMs }))
      await report(app.deps, monitorId, seen, { fromMs })
      fromMs += seen.length * 1_000
    },
    look: () => tellLateHearers(app.deps),
    async told() {
      const alerts = await prisma.alert.findMany({ orderBy: { position: 'asc' } })
      return alerts.map(({ type, recipient }) => `${type} ${recipient}`)
    },
    /** Why it is told, to whom it was told last. */
    async cause() {
      const { id } = await prisma.alert.findFirstOrThrow({ orderBy: { position: 'desc' } })
      return (await readNotice(pool, id))?.cause
    },
    /** All that was to be told fails, the last of it last. */
    async giveUp() {
      await pool.query(`UPDATE alerts SET status = 'FAILED'`)
      const { id } = await prisma.alert.findFirstOrThrow({ orderBy: { position: 'desc' } })
      await inTransaction(app.database, (tx) => tellSomebodyElse(app.deps, tx, [id]))
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

const MAIL = 'SLOW alice@example.com'
const PAGER = 'SLOW pager.example'

it('tells a channel of what gets slow enough for it after the incident opened, once, and its end', async () => {
  await using stage = await openStage()
  await stage.take(600, 700, 600)
  await stage.look()
  expect(await stage.told()).toEqual([MAIL])
  await stage.take(10_000, 9_000)
  await stage.look()
  expect(await stage.told(), 'the third of the last three is not that slow').toEqual([MAIL])
  await stage.take(2_000)
  expect(await Promise.all([stage.look(), stage.look()])).toEqual([true, true])
  await stage.look()
  expect(await stage.told()).toEqual([MAIL, PAGER])
  await stage.take(100, 100, 100)
  await stage.look()
  expect((await stage.told()).slice(2).toSorted()).toEqual([
    'NORMAL alice@example.com',
    'NORMAL pager.example',
  ])
})

it('says how slow it is by then, and not how it began; so to whom it is told instead', async () => {
  await using stage = await openStage()
  await stage.take(600, 700, 600)
  expect(await stage.cause()).toBe('Answered in 600 ms, threshold 500 ms')
  await stage.take(10_000, 2_300.7, 9_000)
  await stage.look()
  const cause = 'It got slower since it began: it answers in 2300 ms or more by now'
  expect([await stage.told(), await stage.cause()]).toEqual([[MAIL, PAGER], cause])
  await stage.addPager('https://other.example/')
  await stage.giveUp()
  const told = [MAIL, PAGER, 'SLOW other.example']
  expect([await stage.told(), await stage.cause()]).toEqual([told, cause])
  await stage.take(100, 100, 100)
  expect(await stage.cause()).toBe('Answered in 600 ms, threshold 500 ms')
})

it('tells a mailbox once, be it told by its address before or two channels', async () => {
  await using stage = await openStage()
  await stage.addMailbox('alice@example.com')
  await stage.addMailbox('kim@example.com')
  await stage.take(600, 600, 600, 9_000, 9_000, 9_000)
  await stage.look()
  const [first, ...later] = await stage.told()
  expect(first).toBe(MAIL)
  expect(later.toSorted()).toEqual(['SLOW kim@example.com', PAGER])
})

it("tells the channels of settings that are a monitor's own", async () => {
  await using stage = await openStage()
  await stage.pool.query(
    `UPDATE monitors SET has_own_alert_settings = true;
     UPDATE alert_settings SET monitor_id = (SELECT id FROM monitors)`,
  )
  await stage.take(600, 600, 600, 9_000, 9_000, 9_000)
  await stage.look()
  expect(await stage.told()).toEqual([MAIL, PAGER])
})

it('tells nobody else, nor where somebody is at it', async () => {
  await using stage = await openStage()
  await stage.take(600, 600, 600, 9_000, 9_000, 9_000)
  const lookAfter = async (change: string) => {
    await stage.pool.query(change)
    await stage.look()
    expect(await stage.told(), change).toEqual([MAIL])
  }
  await lookAfter('UPDATE alert_settings SET on_slow = false')
  await lookAfter('UPDATE alert_settings SET on_slow = true, is_active = false')
  await lookAfter('UPDATE alert_settings SET is_active = true, slow_threshold_ms = 9001')
  await lookAfter('UPDATE monitors SET has_own_alert_settings = true')
  await lookAfter('UPDATE channels SET disabled_at = now()')
  await stage.pool.query('UPDATE monitors SET has_own_alert_settings = false')
  await stage.pool.query('UPDATE alert_settings SET slow_threshold_ms = 9000')
  const { data } = await stage.alice.ask('{ incidents { nodes { id } } }')
  await stage.alice.ask(ACKNOWLEDGE, { id: data.incidents.nodes[0].id })
  await lookAfter('UPDATE channels SET disabled_at = NULL')
  await stage.pool.query(`UPDATE incidents SET status = 'OPEN'`)
  await stage.look()
  expect(await stage.told()).toContain(PAGER)
})
