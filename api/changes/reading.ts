import type { Database } from '../platform/database.ts'
import { type Running, startLoop } from '../platform/loop.ts'
import type { StoredChange } from './change.ts'
import { positionOf } from './cursor.ts'
import { type Feed, newFeed } from './feed/feed.ts'
import { catchUp, lookFurther } from './feed/reading.ts'
import { createReader } from './reader/reading.ts'
import { readBounds, readLastPositions } from './store.ts'

/** How late a change comes of which no wake has told: the bus may lose any. */
const POLL_MS = 1_000

export type Following = {
  workspaceId: string
  /** A cursor, or null: from now on. */
  after: string | null
  /** Asked of every change by every reader: what it leaves out is passed over. */
  wants(change: StoredChange): boolean
}

/** What happens in workspaces, read once for all who follow it in this process. */
export type Feeds = {
  /**
   * The changes behind a cursor and all that come after, in order, each once, at the reader's pace. Nothing
   * is queued: a reader is a position. Refuses what is no cursor, and at any time one that has expired.
   */
  follow(following: Following): Promise<AsyncIterableIterator<StoredChange>>
}

/** Does nothing while nobody follows anything. */
export function createFeeds(database: Database, pollMs = POLL_MS): Feeds {
  const feeds = new Map<string, Feed>()
  let watch: Running | null = null

  function join(workspaceId: string): Feed {
    const feed = feeds.getOrInsertComputed(workspaceId, newFeed)
    feed.followers += 1
    watch ??= startWatch(database, feeds, pollMs)
    return feed
  }

  function leave(feed: Feed): void {
    feed.followers -= 1
    if (feed.followers > 0) return
    feed.ending.abort()
    feeds.delete(feed.workspaceId)
    if (feeds.size > 0) return
    void watch?.stop()
    watch = null
  }

  return {
    async follow({ workspaceId, after, wants }) {
      const feed = join(workspaceId)
      try {
        const position = await startOf(database, feed, after)
        return createReader(database, feed, { position, wants, end: () => leave(feed) })
      } catch (error) {
        leave(feed)
        throw error
      }
    },
  }
}

async function startOf(database: Database, feed: Feed, after: string | null): Promise<number> {
  const bounds = await readBounds(database.pool, feed.workspaceId)
  const position = after === null ? bounds.last : positionOf(after, bounds)
  await catchUp(database, feed, bounds.last)
  return position
}

/** Looks further where the bus says so, and now and then where the counts do. */
function startWatch(database: Database, feeds: Map<string, Feed>, everyMs: number): Running {
  const lookAt = (workspaceId: string) => {
    const feed = feeds.get(workspaceId)
    // What cannot be read now is read at the next poll, which also tells the log.
    if (feed) lookFurther(database, feed).catch(() => {})
  }
  const unsubscribe = database.bus.subscribe('changes', (ids) => ids.forEach(lookAt))
  const loop = startLoop({
    name: 'look for changes',
    everyMs,
    log: database.log,
    work: () => poll(database, feeds),
  })
  return {
    stop() {
      unsubscribe()
      return loop.stop()
    },
  }
}

async function poll(database: Database, feeds: Map<string, Feed>): Promise<void> {
  const positions = await readLastPositions(database.pool, [...feeds.keys()])
  await Promise.all(
    positions.map(async ({ workspaceId, last }) => {
      const feed = feeds.get(workspaceId)
      if (feed) await catchUp(database, feed, last)
    }),
  )
}
