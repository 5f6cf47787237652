import { randomInt, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { makeWorkspace } from '../../test/monitors.ts'
import { full } from '../../test/size.ts'
import { statementsOf } from '../../test/statements.ts'
import { type Bus, createLocalBus } from '../platform/bus.ts'
import { systemClock } from '../platform/clock.ts'
import { type Database, inTransaction, openDatabase } from '../platform/database.ts'
import { type Change, ofMonitor, type StoredChange } from './change.ts'
import { announce } from './deeds.ts'
import { purgeChanges } from './jobs.ts'
import { createFeeds, type Feeds } from './reading.ts'

const WRITERS = 12
const TRANSACTIONS = full ? 400 : 25
const SOON_MS = 20
const HOUR_MS = 3_600_000
const NEVER_MS = HOUR_MS

type Reader = AsyncIterator<StoredChange>

let database: TestDatabase
let feeds: Feeds
let workspaceId: string

beforeAll(async () => {
  database = await openTestDatabase()
  // By wakes alone, but for the test of looking.
  feeds = createFeeds(database, NEVER_MS)
  workspaceId = await makeWorkspace(database)
})
afterAll(() => database.close())

const all = () => true
const follow = (after: string | null, wants: (change: StoredChange) => boolean = all) =>
  feeds.follow({ workspaceId, after, wants })

async function write(count: number, rest: Partial<Change> = {}, to: Database = database) {
  await inTransaction(to, async (tx) => {
    const changes = Array.from({ length: count }, () => ofMonitor(someMonitor(), 'UPDATED'))
    announce(
      tx,
      changes.map((change) => ({ ...change, ...rest })),
    )
  })
}

function someMonitor() {
  return { id: randomUUID(), workspaceId }
}

async function take(reader: Reader, count: number): Promise<StoredChange[]> {
  const taken: StoredChange[] = []
  while (taken.length < count) {
    const { value, done } = await reader.next()
    if (done) break
    taken.push(value as StoredChange)
  }
  return taken
}

/** As if these had been committed so long ago that nobody need be told any more. */
async function age(upTo: number): Promise<void> {
  await database.pool.query(
    `UPDATE changes SET at = at - interval '8 days' WHERE workspace_id = $1 AND position <= $2`,
    [workspaceId, upTo],
  )
}

const purge = () => purgeChanges({ database, clock: systemClock })

const positionsOf = (changes: StoredChange[]) => changes.map(({ position }) => position)
const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

async function inNewWorkspace() {
  workspaceId = await makeWorkspace(database)
}

describe('who follows a workspace', () => {
  it('is told what came after the cursor, then what comes, and misses nothing in between', async () => {
    await inNewWorkspace()
    await write(250)
    const reader = await follow('120')
    const replayed = await take(reader, 100)
    await write(3)
    const rest = await take(reader, 33)
    const waiting = reader.next()
    await write(1)
    expect(positionsOf([...replayed, ...rest, (await waiting).value as StoredChange])).toEqual(
      span(121, 254),
    )
    await reader.return!()
  })

  it('without a cursor is told what happens from then on', async () => {
    await inNewWorkspace()
    const early = await follow(null)
    await write(2)
    const late = await follow(null)
    await write(1)
    expect(positionsOf(await take(early, 3))).toEqual([1, 2, 3])
    expect(positionsOf(await take(late, 1))).toEqual([3])
    await Promise.all([early.return!(), late.return!()])
  })

  it('is told only what it wants, of its own workspace', async () => {
    await inNewWorkspace()
    const reader = await follow('0', ({ kind }) => kind === 'ALERT')
    const elsewhere = await makeWorkspace(database)
    await write(2, { kind: 'ALERT', workspaceId: elsewhere })
    await write(120)
    await write(2, { kind: 'ALERT' })
    expect(positionsOf(await take(reader, 2))).toEqual([121, 122])
    await reader.return!()
  })

  it('shares with all others what is read: once for a wake, and the same objects', async () => {
    await inNewWorkspace()
    const readers = await Promise.all(Array.from({ length: 200 }, () => follow('0')))
    const told: StoredChange[][] = []
    const statements = await statementsOf(database.pool, async () => {
      const taking = readers.map((reader) => take(reader, 3))
      await write(3)
      told.push(...(await Promise.all(taking)))
    })
    const reads = statements.filter((text) => text.includes('FROM changes'))
    expect(reads).toHaveLength(1)
    expect(new Set(told.flat()).size).toBe(3)
    await Promise.all(readers.map((reader) => reader.return!()))
  })

  it('comes back together with all others for the price of one', async () => {
    await inNewWorkspace()
    await write(180)
    const readers = await Promise.all(Array.from({ length: 200 }, () => follow('110')))
    const statements = await statementsOf(database.pool, () =>
      Promise.all(readers.map((reader) => take(reader, 70))),
    )
    expect(statements.filter((text) => text.includes('FROM changes'))).toHaveLength(1)
    await Promise.all(readers.map((reader) => reader.return!()))
  })

  it('is told of what no wake tells, by the next look', async () => {
    await inNewWorkspace()
    const deaf = { ...createLocalBus(), subscribe: () => () => {} }
    const polling = createFeeds({ ...database, bus: deaf }, SOON_MS)
    const reader = await polling.follow({ workspaceId, after: null, wants: all })
    const waiting = take(reader, 2)
    await write(2)
    expect(positionsOf(await waiting)).toEqual([1, 2])
    await reader.return!()
  })

  it('wakes up nobody once the last one has gone', async () => {
    await inNewWorkspace()
    const bus = createLocalBus()
    let listeners = 0
    const counting: Bus = {
      ...bus,
      subscribe(topic, listener) {
        const leave = bus.subscribe(topic, listener)
        listeners += 1
        return () => {
          listeners -= 1
          leave()
        }
      },
    }
    const counted = createFeeds({ ...database, bus: counting })
    const following = { workspaceId, after: null, wants: all }
    const readers = [await counted.follow(following), await counted.follow(following)]
    const waiting = Promise.all(readers.map((reader) => reader.next()))
    expect(listeners).toBe(1)
    for (const reader of readers) await reader.return!()
    const over = { done: true, value: undefined }
    expect(await waiting).toEqual([over, over])
    await expect(counted.follow({ ...following, after: 'junk' })).rejects.toThrow()
    expect(listeners).toBe(0)
  })
})

describe('a cursor', () => {
  it('that nothing has reached yet is refused', async () => {
    await inNewWorkspace()
    await write(3)
    await expect(follow('4')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', oldestCursor: null })
    const reader = await follow('3')
    await reader.return!()
  })

  it('is good as long as nothing behind it was purged', async () => {
    await inNewWorkspace()
    await write(150)
    await age(120)
    await purge()
    await expect(follow('119')).rejects.toMatchObject({ oldestCursor: '120' })
    for (const cursor of ['120', '0']) {
      const reader = await follow(cursor)
      expect(positionsOf(await take(reader, 30))).toEqual(span(121, 150))
      await reader.return!()
    }
  })

  it('of a reader that was slower than the purge expires while it reads', async () => {
    await inNewWorkspace()
    await write(350)
    const reader = await follow('0')
    await take(reader, 10)
    await age(300)
    await purge()
    await expect(take(reader, 340)).rejects.toMatchObject({ oldestCursor: '300' })
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('has no gap behind it, even where a clock was set back', async () => {
    await inNewWorkspace()
    await write(10)
    await database.pool.query(
      `UPDATE changes SET at = at - interval '8 days' WHERE workspace_id = $1 AND position = 4`,
      [workspaceId],
    )
    await purge()
    const reader = await follow('0')
    expect(positionsOf(await take(reader, 6))).toEqual(span(5, 10))
    await reader.return!()
  })

  it('"0" waits for what comes where all is purged, and the last one is still good', async () => {
    await inNewWorkspace()
    await write(5)
    await age(5)
    await purge()
    await expect(follow('3')).rejects.toMatchObject({ oldestCursor: '5' })
    const readers = [await follow('0'), await follow('5')]
    await write(1)
    for (const reader of readers) expect(positionsOf(await take(reader, 1))).toEqual([6])
    await Promise.all(readers.map((reader) => reader.return!()))
  })

  it('of an hour ago has behind it all that is younger than that', async () => {
    await inNewWorkspace()
    expect(await feeds.cursorBefore(workspaceId, HOUR_MS)).toBe('0')
    await write(7)
    expect(await feeds.cursorBefore(workspaceId, HOUR_MS)).toBe('0')
    await database.pool.query(
      `UPDATE changes SET at = at - interval '61 minutes' WHERE workspace_id = $1 AND position <= 4`,
      [workspaceId],
    )
    expect(await feeds.cursorBefore(workspaceId, HOUR_MS)).toBe('4')
  })
})

describe('positions', () => {
  it('are read once each and in order by whoever resumes anywhere, however many commit at once', async () => {
    await inNewWorkspace()
    const elsewhere = await makeWorkspace(database)
    await using other = closing(
      openDatabase(database.url, { log: database.log, bus: database.bus }),
    )
    const written: string[] = []
    const writers = Array.from({ length: WRITERS }, (_, index) =>
      writeALot(index % 2 === 0 ? database : other, elsewhere, written),
    )
    const last = randomUUID()
    const writing = Promise.all(writers).then(() => write(1, { nodeId: last }))
    const read: StoredChange[] = []
    while (read.at(-1)?.nodeId !== last) {
      const reader = await follow(String(read.at(-1)?.position ?? 0))
      for (let left = randomInt(1, 60); left > 0 && read.at(-1)?.nodeId !== last; left -= 1)
        read.push(...(await take(reader, 1)))
      await reader.return!()
    }
    await writing
    written.push(last)
    expect(positionsOf(read)).toEqual(span(1, written.length))
    expect(read.map(({ nodeId }) => nodeId).toSorted()).toEqual(written.toSorted())
  })
})

/** Transactions of one to four changes, some in two workspaces at once, some rolled back. */
async function writeALot(to: Database, elsewhere: string, written: string[]): Promise<void> {
  for (let left = TRANSACTIONS; left > 0; left -= 1) {
    const monitors = Array.from({ length: randomInt(1, 5) }, someMonitor)
    const isAlsoElsewhere = randomInt(2) === 0
    const isRolledBack = randomInt(5) === 0
    const transaction = inTransaction(to, async (tx) => {
      const there = { id: randomUUID(), workspaceId: elsewhere }
      const chosen = isAlsoElsewhere ? [there, ...monitors] : monitors
      announce(
        tx,
        chosen.map((monitor) => ofMonitor(monitor, 'UPDATED')),
      )
      // After the positions were given, and the counts locked.
      if (isRolledBack) tx.beforeCommit(async () => Promise.reject(new Error('rolled back')))
    })
    if (isRolledBack) await expect(transaction).rejects.toThrow('rolled back')
    else {
      await transaction
      written.push(...monitors.map(({ id }) => id))
    }
  }
}

function closing({ close, ...rest }: Database): Database & AsyncDisposable {
  return { ...rest, close, [Symbol.asyncDispose]: close }
}
