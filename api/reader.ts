/** Those who wait until there is more to read. */
export type Waiters = { waiting: Set<() => void> }

export function wakeAll(waiters: Waiters): void {
  const { waiting } = waiters
  waiters.waiting = new Set()
  for (const wake of waiting) wake()
}

export type Source<T> = {
  waiters: Waiters
  /** Whether there is anything to take; once it is not, whoever lets there be more wakes the waiters. */
  hasMore(): boolean
  /** The next one, or null where it is not for this reader. */
  take(): Promise<T | null>
  /** Called once, when nothing more will be taken. */
  end(): void
}

/** Takes for whoever pulls, one at a time; `return` ends it, also while more is awaited. */
export function createReader<T>(source: Source<T>): AsyncIterableIterator<T, undefined> {
  let isOver = false
  let wake = () => {}

  function finish(): { done: true; value: undefined } {
    if (!isOver) {
      isOver = true
      source.waiters.waiting.delete(wake)
      wake()
      source.end()
    }
    return { done: true, value: undefined }
  }

  function more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    source.waiters.waiting.add(wake)
    return promise
  }

  async function takeNext(): Promise<T | null> {
    while (!isOver) {
      if (!source.hasMore()) await more()
      else {
        const taken = await source.take()
        if (taken !== null) return taken
      }
    }
    return null
  }

  return {
    async next() {
      try {
        const value = await takeNext()
        return value === null || isOver ? finish() : { done: false, value }
      } catch (error) {
        // Who has left meanwhile is not told of it.
        if (isOver) return finish()
        finish()
        throw error
      }
    },
    return: async () => finish(),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
