import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isPassing } from '../../platform/database.ts'
import type { StoredChange } from '../change.ts'
import { expired } from '../cursor.ts'
import { readBounds, readChanges } from '../store.ts'
import { type Feed, grow, raise } from './feed.ts'
import { changeIn, keepPage, PAGE_SIZE, pageNumberOf, spanOf } from './pages.ts'

const RETRY_MS = 1_000

/** Reads what has been committed behind the head, once however many ask for it at a time. */
export function lookFurther(database: Database, feed: Feed): Promise<void> {
  feed.isStale = true
  feed.looking ??= look(database, feed)
  return feed.looking
}

/** The counts say that the workspace has come to `last`: what is not found by then is no longer kept. */
export async function catchUp(database: Database, feed: Feed, last: number): Promise<void> {
  if (feed.head !== null && last > feed.head) await lookFurther(database, feed)
  raise(feed, last)
}

/** The page that holds a position up to the head. Refuses one that is no longer kept. */
export async function pageWith(
  database: Database,
  feed: Feed,
  position: number,
): Promise<readonly StoredChange[]> {
  const pageNumber = pageNumberOf(position)
  for (;;) {
    const page = feed.pages.get(pageNumber)
    if (page && changeIn(page, position)) return page
    const loaded = await load(database, feed, pageNumber)
    if (changeIn(loaded, position)) return loaded
    const { oldest } = await readBounds(database.pool, feed.workspaceId)
    if (position < oldest) throw expired(oldest)
  }
}

async function look(database: Database, feed: Feed): Promise<void> {
  try {
    while (feed.isStale && feed.head !== null) {
      const span = { from: feed.head + 1, to: feed.head + PAGE_SIZE }
      feed.isStale = false
      const changes = await readChanges(database.pool, feed.workspaceId, span)
      grow(feed, changes)
      feed.isStale ||= changes.length === PAGE_SIZE
    }
  } finally {
    feed.looking = null
  }
}

function load(database: Database, feed: Feed, pageNumber: number): Promise<StoredChange[]> {
  return feed.loading.getOrInsertComputed(pageNumber, async () => {
    try {
      const page = await readPatiently(database, feed, pageNumber)
      keepPage(feed.pages, pageNumber, page)
      return page
    } finally {
      feed.loading.delete(pageNumber)
    }
  })
}

/** However long the database is away: who follows has lost nothing by it. */
async function readPatiently(
  database: Database,
  { workspaceId }: Feed,
  pageNumber: number,
): Promise<StoredChange[]> {
  for (;;) {
    try {
      return await readChanges(database.pool, workspaceId, spanOf(pageNumber))
    } catch (error) {
      if (!isPassing(error)) throw error
      await delay(RETRY_MS)
    }
  }
}
