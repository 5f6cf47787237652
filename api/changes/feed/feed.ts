import { type Waiters, wakeAll } from '../../platform/following/reader.ts'
import type { StoredChange } from '../change.ts'
import { append, type Pages } from './pages.ts'

/** One workspace, as far as it is followed in this process. */
export type Feed = Waiters & {
  readonly workspaceId: string
  /** The last position known of; null until somebody has looked. */
  head: number | null
  readonly pages: Pages
  /** Pages that are being read, for all who wait for them. */
  readonly loading: Map<number, Promise<StoredChange[]>>
  /** Reads what has been committed behind the head. */
  lookFurther(): Promise<void>
}

/** Takes in what was read behind the head, in order. */
export function grow(feed: Feed, changes: readonly StoredChange[]): void {
  append(feed.pages, changes)
  raise(feed, changes.at(-1)?.position ?? 0)
}

/** All up to this position can be read from now on: whoever waits for more may try. */
export function raise(feed: Feed, head: number): void {
  if (feed.head !== null && head <= feed.head) return
  feed.head = head
  wakeAll(feed)
}
