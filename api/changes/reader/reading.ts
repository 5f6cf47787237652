import type { Database } from '../../platform/database.ts'
import type { StoredChange } from '../change.ts'
import type { Feed } from '../feed/feed.ts'
import { changeIn } from '../feed/pages.ts'
import { pageWith } from '../feed/reading.ts'

type Reader = {
  /** Of the last change that it need not be told. */
  position: number
  wants(change: StoredChange): boolean
  /** Called once, when nothing more will be read. */
  end(): void
}

type Step = IteratorResult<StoredChange, undefined>

/** Reads on from a position for whoever pulls; `return` ends it, also while the next change is awaited. */
export function createReader(
  database: Database,
  feed: Feed,
  { position, wants, end }: Reader,
): AsyncIterableIterator<StoredChange, undefined> {
  let page: readonly StoredChange[] | undefined
  let isOver = false
  let wake = () => {}

  function finish(): Step {
    if (!isOver) {
      isOver = true
      feed.waiting.delete(wake)
      wake()
      end()
    }
    return { done: true, value: undefined }
  }

  function growth(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    feed.waiting.add(wake)
    return promise
  }

  /** Null where nothing came next so far. */
  async function advance(): Promise<StoredChange | null> {
    const wanted = position + 1
    if (feed.head === null || wanted > feed.head) {
      await growth()
      return null
    }
    if (!changeIn(page, wanted)) page = await pageWith(database, feed, wanted)
    position = wanted
    return changeIn(page, wanted) ?? null
  }

  async function next(): Promise<Step> {
    try {
      while (!isOver) {
        const change = await advance()
        if (change && wants(change) && !isOver) return { done: false, value: change }
      }
    } catch (error) {
      if (!isOver) {
        finish()
        throw error
      }
    }
    return finish()
  }

  return {
    next,
    return: async () => finish(),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
