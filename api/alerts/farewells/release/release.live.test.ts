import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../../../test/channels.ts'
import { eventually } from '../../../../test/eventually.ts'
import { openFarewellStage as openStage } from '../../../../test/farewell-stage.ts'
import { untilSomebodyWaits } from '../../../../test/locks.ts'
import type { Watched } from '../../../../test/monitors.ts'
import { ADA } from '../../../../test/storm-stage.ts'
import { inTransaction } from '../../../platform/database.ts'
import { deleteContact, updateContact } from '../../contacts/deeds.ts'
import { reviewFarewells } from './deeds.ts'
import { readEntriesOfFarewells } from './store.ts'

describe.concurrent('of monitors that are deleted, a channel is told no more than it takes an hour:', () => {
  it('what was told of them counts, though it is deleted, and the end waits with what joins it', async () => {
    await using stage = await openStage()
    await stage.addNtfy({ maxPerHour: 1 })
    await using _ = stage.dispatch()
    await stage.goDown([stage.first])
    await stage.settled()
    await stage.remove(stage.first)
    await stage.review()
    const [farewell] = await stage.farewells('NTFY')
    const [digest] = (await stage.digests()).filter(({ channel }) => channel === 'NTFY')
    expect(farewell).toMatchObject({ status: 'PENDING', digestId: digest?.id })
    const waitsMs = digest!.nextAttemptAt.getTime() - Date.now()
    expect(waitsMs / 60_000).toBeGreaterThan(55)
    await stage.goDown([stage.second])
    expect(stage.receiver.received).toHaveLength(1)
    await stage.letPass(60)
    await stage.settled()
    const [, ...others] = stage.receiver.received
    expect(others.map(({ body }) => body)).toEqual([
      expect.stringMatching(/2 alerts: 1 down, 1 closed[^]*monitor-1[^]*monitor-0/),
    ])
    expect(await stage.farewells('NTFY')).toMatchObject([{ status: 'SENT' }])
  })

  it('the end counts', async () => {
    await using stage = await openStage()
    await stage.addNtfy({ maxPerHour: 2 })
    await using _ = stage.dispatch()
    await stage.goDown([stage.first])
    await stage.settled()
    await stage.remove(stage.first)
    await stage.review()
    await stage.settled()
    await stage.goDown([stage.second])
    expect(await stage.portions('NTFY')).toEqual({ 0: 1 })
    expect(stage.receiver.received).toHaveLength(2)
  })

  it('however many are deleted, one after the other', async () => {
    await using stage = await openStage({ count: 6 })
    await stage.addNtfy({ maxPerHour: 5 })
    await using _ = stage.dispatch()
    await stage.goDown(stage.monitors.slice(0, 4))
    await stage.settled()
    for (const monitor of stage.monitors) {
      await stage.remove(monitor)
      await stage.review()
    }
    await eventually('one end is told', () => stage.receiver.received.length === 5)
    const digests = await stage.digests()
    expect(digests.filter(({ channel }) => channel === 'NTFY')).toHaveLength(1)
    await stage.letPass(60)
    await stage.settled()
    expect(stage.receiver.received).toHaveLength(6)
    expect(stage.receiver.received[5]?.body).toMatch(/3 alerts: 3 closed/)
  })

  it('one who tells of another monitor at that moment waits, and finds the end told', async () => {
    await using stage = await openStage()
    await stage.addNtfy({ maxPerHour: 2 })
    await stage.goDown([stage.first])
    await stage.tell()
    await stage.remove(stage.first)
    await stage.beDue()
    const telling = await inTransaction(stage.database, async (counting) => {
      await counting.query('SELECT FROM change_counts FOR UPDATE')
      const reviewed = reviewFarewells(stage.deps)
      await untilSomebodyWaits(stage.database)
      const told = stage.goDown([stage.second])
      await untilSomebodyWaits(stage.database, 2)
      return { both: Promise.all([reviewed, told]) }
    })
    await telling.both
    expect(await stage.portions('NTFY')).toEqual({ 0: 1 })
    expect(await stage.farewells('NTFY')).toMatchObject([{ digestId: null }])
  })
})

/** Ada sleeps all day, but for ten minutes. Her mailbox is known by her contact alone, and so is a webhook. */
async function openQuietStage() {
  const stage = await openStage({ count: 3 })
  const { deps, database, workspaceId, receiver } = stage
  const minute = new Date().getUTCHours() * 60 + new Date().getUTCMinutes()
  const quiet = { from: (minute + 1_430) % 1_440, to: (minute + 1_420) % 1_440 }
  const contactId = await addContact(deps, workspaceId, { email: ADA, quiet })
  await addChannel(deps, workspaceId, { email: { contactId } })
  const hook = await addChannel(deps, workspaceId, { contactId, webhook: { url: receiver.url } })
  const become = (change: string) => database.pool.query(`UPDATE contacts SET ${change}`)
  const turnDay = () => become('quiet_from = quiet_to, quiet_to = quiet_from')
  return {
    ...stage,
    contactId,
    hook,
    become,
    /** They were told of it while she was awake. */
    async goSlowByDay(...who: Watched[]) {
      await turnDay()
      await stage.goSlow(...who)
      await turnDay()
      await stage.tell()
    },
    /** As if the hours had passed since the end of what is told. */
    async endNight() {
      await become('quiet_from = NULL, quiet_to = NULL')
      await stage.review()
    },
  }
}

const KEPT = { status: 'WITHHELD', withheldReason: 'QUIET_HOURS' } as const

describe.concurrent('in quiet hours', () => {
  it('the end waits until they are over, to a program as well, and says that it is late', async () => {
    await using stage = await openQuietStage()
    await stage.goSlowByDay(stage.first)
    await stage.remove(stage.first)
    await stage.review()
    for (const channel of ['EMAIL', 'WEBHOOK'] as const) {
      expect(await stage.farewells(channel)).toMatchObject([KEPT])
    }
    await using _ = stage.dispatch()
    await stage.endNight()
    await stage.settled()
    const [mail] = stage.mails()
    expect(mail?.text).toMatch(/This alert was withheld for [^:]+: these were quiet hours\./)
    expect(stage.receiver.received.map(({ body }) => body)).toEqual([
      expect.stringContaining('these were quiet hours'),
    ])
  })

  it('the end of an outage is told at once, and the others together once they are over', async () => {
    await using stage = await openQuietStage()
    const [first, second, third] = stage.monitors as [Watched, Watched, Watched]
    await stage.goSlowByDay(first, second)
    await stage.goDown([third])
    await stage.tell()
    for (const monitor of stage.monitors) {
      await stage.remove(monitor)
      await stage.review()
    }
    expect(await stage.farewells('EMAIL')).toMatchObject([KEPT, KEPT, { status: 'PENDING' }])
    await using _ = stage.dispatch()
    await stage.settled()
    await stage.endNight()
    await stage.letPass(1)
    await stage.settled()
    expect(stage.mails().map(({ names }) => names)).toEqual([
      ['monitor-2'],
      ['monitor-0', 'monitor-1'],
    ])
    expect(stage.mails()[1]?.text).toContain('these were quiet hours')
  })

  it('the end waits no longer where they are ended by hand', async () => {
    await using stage = await openQuietStage()
    await stage.goSlowByDay(stage.first)
    await stage.remove(stage.first)
    await stage.review()
    await updateContact(stage.deps, stage.ada, { id: stage.contactId, quietHours: null })
    await reviewFarewells(stage.deps)
    expect(await stage.farewells('EMAIL')).toMatchObject([{ status: 'PENDING' }])
  })

  it('whoever has another address meanwhile is told there', async () => {
    await using stage = await openQuietStage()
    await stage.goSlowByDay(stage.first)
    await stage.remove(stage.first)
    await stage.review()
    await stage.become(`email = 'lovelace@example.com'`)
    await using _ = stage.dispatch()
    await stage.endNight()
    await stage.settled()
    expect(stage.sink.mails.map(({ recipient }) => recipient)).toEqual(['lovelace@example.com'])
  })

  it('the end is given up where the contact is deleted meanwhile', async () => {
    await using stage = await openQuietStage()
    await stage.goSlowByDay(stage.first)
    await stage.remove(stage.first)
    await stage.review()
    await deleteContact(stage.deps, stage.ada, stage.contactId)
    await stage.review()
    await using _ = stage.dispatch()
    await stage.settled()
    expect(await stage.farewells('EMAIL')).toMatchObject([
      { status: 'FAILED', error: 'the channel was deleted' },
    ])
  })
})

it('what comes while a farewell is let go waits by itself', async () => {
  await using stage = await openStage()
  await stage.goDown()
  await stage.tell()
  await stage.remove(stage.first)
  await stage.beDue()
  const removing = await inTransaction(stage.database, async (counting) => {
    await counting.query('SELECT FROM change_counts FOR UPDATE')
    const reviewed = reviewFarewells(stage.deps)
    await untilSomebodyWaits(stage.database)
    const removed = stage.remove(stage.second)
    await untilSomebodyWaits(stage.database, 2)
    return { both: Promise.all([reviewed, removed]) }
  })
  await removing.both
  const farewells = await stage.farewells('EMAIL')
  expect(farewells.map(({ status }) => status)).toEqual(['PENDING', 'WITHHELD'])
})

it('one to a reader waits for the youngest, and one to a program for none', async () => {
  await using stage = await openStage()
  const { deps, receiver, workspaceId } = stage
  await addChannel(deps, workspaceId, { webhook: { url: receiver.url } })
  await stage.goDown()
  await stage.tell()
  await stage.remove(stage.first)
  await stage.beDue()
  await stage.remove(stage.second)
  await reviewFarewells(deps)
  expect(await stage.farewells('WEBHOOK')).toMatchObject([
    { status: 'PENDING' },
    { status: 'WITHHELD' },
  ])
  const [older, younger] = await stage.farewells('EMAIL')
  expect(older).toMatchObject({ status: 'WITHHELD', withheldReason: null })
  expect(older?.reviewAt).toEqual(younger?.reviewAt)
})

it('those on one monitor are told in the order of what is over', async () => {
  await using stage = await openStage()
  for (const second of [0, 100, 200, 300, 400]) {
    await stage.goDown([stage.first], second)
    await stage.comeUp([stage.first], second + 60)
  }
  await stage.tell()
  await stage.database.pool.query(
    `UPDATE alerts SET status = 'PENDING', sent_at = NULL WHERE type = 'UP'`,
  )
  await stage.remove(stage.first)
  await stage.review()
  const [digest] = await stage.digests()
  const entries = await readEntriesOfFarewells(stage.database.pool, digest!.id)
  const begun = entries.map(({ startedAt }) => startedAt)
  expect(begun).toHaveLength(5)
  expect(begun).toEqual(begun.toSorted())
})

it('each is let go once, whoever looks', async () => {
  await using stage = await openStage()
  await stage.goDown()
  await stage.tell()
  await stage.remove(stage.first)
  await stage.remove(stage.second)
  await stage.beDue()
  await Promise.all(Array.from({ length: 4 }, () => reviewFarewells(stage.deps)))
  const [digest, ...others] = await stage.digests()
  expect(others).toEqual([])
  expect(await stage.farewells('EMAIL')).toMatchObject([
    { digestId: digest?.id },
    { digestId: digest?.id },
  ])
})
