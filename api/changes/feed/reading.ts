import { setTimeout as delay } from 'node:timers/promises'
import { invariant } from '../../../core/invariant.ts'
import { type Database, isPassing } from '../../platform/database.ts'
import { oneAtATime } from '../../platform/one-at-a-time.ts'
import type { StoredChange } from '../change.ts'
import { expired } from '../cursor.ts'
import { readBounds, readChanges } from '../store.ts'
import { type Feed, grow, raise } from './feed.ts'
import { changeIn, PAGE_SIZE, pageNumberOf, type Pages, spanOf } from './pages.ts'

const RETRY_MS = 1_000
/** A load that others wait for too may have begun before a change was committed: the next one has not. */
const LOADS = 3

export function openFeed(database: Database, workspaceId: string, pages: Pages): Feed {
  const feed: Feed = {
    workspaceId,
    head: null,
    pages,
    loading: new Map(),
    waiting: new Set(),
    lookFurther: oneAtATime(() => look(database, feed)),
  }
  return feed
}

/** The counts say that the workspace has come to `last`: what is not found by then is no longer kept. */
export async function catchUp(feed: Feed, last: number): Promise<void> {
  if (feed.head === null) {
    raise(feed, last)
    // Whatever woke it before it had a head has found nothing to look behind.
    await feed.lookFurther()
  }
  if (feed.head !== null && last > feed.head) await feed.lookFurther()
  raise(feed, last)
}

/** The page that holds a position up to the head. Refuses one that is no longer kept. */
export async function pageWith(
  database: Database,
  feed: Feed,
  position: number,
): Promise<readonly StoredChange[]> {
  const pageNumber = pageNumberOf(position)
  for (let load = 0; load < LOADS; load += 1) {
    const page = feed.pages.get(pageNumber)
    if (page && changeIn(page, position)) return page
    const loaded = await loadPage(database, feed, pageNumber)
    if (changeIn(loaded, position)) return loaded
    const { oldest } = await patiently(() => readBounds(database.pool, feed.workspaceId))
    if (position < oldest) throw expired(oldest)
  }
  invariant(false, 'the positions of a workspace have no gap')
}

async function look({ pool }: Database, feed: Feed): Promise<void> {
  let isMore = feed.head !== null
  while (isMore) {
    const from = (feed.head ?? 0) + 1
    const changes = await readChanges(pool, feed.workspaceId, { from, to: from + PAGE_SIZE - 1 })
    grow(feed, changes)
    isMore = changes.length === PAGE_SIZE
  }
}

function loadPage(database: Database, feed: Feed, pageNumber: number): Promise<StoredChange[]> {
  return feed.loading.getOrInsertComputed(pageNumber, async () => {
    try {
      const span = spanOf(pageNumber)
      const page = await patiently(() => readChanges(database.pool, feed.workspaceId, span))
      feed.pages.keep(pageNumber, page)
      return page
    } finally {
      feed.loading.delete(pageNumber)
    }
  })
}

/** However long the database is away: who follows has lost nothing by it. */
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!isPassing(error)) throw error
      await delay(RETRY_MS)
    }
  }
}
