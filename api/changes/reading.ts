import type { Database } from '../platform/database.ts'
import { createFollowed } from '../platform/following/followed.ts'
import { createReader, type Reader } from '../platform/following/reader.ts'
import { startWatch } from '../platform/following/watch.ts'
import type { StoredChange } from './change.ts'
import { formatCursor, positionOf } from './cursor.ts'
import type { Feed } from './feed/feed.ts'
import { changeIn, createPages, pageNumberOf } from './feed/pages.ts'
import { catchUp, openFeed, pageWith } from './feed/reading.ts'
import { readBounds, readLastPositions, readPositionBefore } from './store.ts'

/** How late a change comes of which no wake has told. */
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
  follow(following: Following): Promise<Reader<StoredChange>>
  /** A cursor behind which is all that was committed so long ago or less. */
  cursorBefore(workspaceId: string, agoMs: number): Promise<string>
}

/** Does nothing while nobody follows anything. */
export function createFeeds(database: Database, pollMs = POLL_MS): Feeds {
  const pagesOf = createPages()
  const open = (id: string) => openFeed(database, id, pagesOf(id))
  const feeds = createFollowed(open, () =>
    startWatch(database, {
      name: 'look for changes',
      topic: 'changes',
      everyMs: pollMs,
      hear: (workspaceIds) => Promise.all(workspaceIds.map(lookAt)),
      look: lookAtAll,
    }),
  )

  async function lookAt(workspaceId: string): Promise<void> {
    await feeds.get(workspaceId)?.lookFurther()
  }

  async function lookAtAll(): Promise<void> {
    const positions = await readLastPositions(database.pool, feeds.keys())
    await Promise.all(
      positions.map(async ({ workspaceId, last }) => {
        const feed = feeds.get(workspaceId)
        if (feed) await catchUp(feed, last)
      }),
    )
  }

  function readFrom(position: number, following: Following): Reader<StoredChange> {
    const { workspaceId, wants } = following
    const changes = changesOf(database, feeds.join(workspaceId), position, wants)
    return createReader({
      ...changes,
      fork: () => readFrom(changes.position(), following),
      end: () => feeds.leave(workspaceId),
    })
  }

  return {
    async follow(following) {
      const feed = feeds.join(following.workspaceId)
      try {
        return readFrom(await startOf(database, feed, following.after), following)
      } finally {
        feeds.leave(following.workspaceId)
      }
    },
    async cursorBefore(workspaceId, agoMs) {
      return formatCursor(await readPositionBefore(database.pool, workspaceId, agoMs))
    },
  }
}

async function startOf(database: Database, feed: Feed, after: string | null): Promise<number> {
  const bounds = await readBounds(database.pool, feed.workspaceId)
  const position = after === null ? bounds.last : positionOf(after, bounds)
  await catchUp(feed, bounds.last)
  return position
}

/** A workspace's changes behind a position, one after the other. */
function changesOf(database: Database, feed: Feed, after: number, wants: Following['wants']) {
  let position = after
  let page: readonly StoredChange[] | undefined

  function step(): StoredChange | null {
    position += 1
    const change = changeIn(page, position)
    return change && wants(change) ? change : null
  }

  async function turnPage(): Promise<StoredChange | null> {
    page = await pageWith(database, feed, position + 1)
    return step()
  }

  return {
    waiters: feed,
    position: () => position,
    hasMore: () => feed.head !== null && feed.head > position,
    take(): StoredChange | null | Promise<StoredChange | null> {
      const next = position + 1
      if (!changeIn(page, next)) page = feed.pages.get(pageNumberOf(next))
      return changeIn(page, next) ? step() : turnPage()
    },
  }
}
