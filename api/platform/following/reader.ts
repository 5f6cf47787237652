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
  /** The next one, or null where it is not for this reader; a promise where it has to be fetched. */
  take(): T | null | Promise<T | null>
  /** Another one of the same that goes on from where this one stands. */
  fork(): Reader<T>
  /** Called once, when nothing more will be taken. */
  end(): void
}

/** Also for thousands at once: what one of them waits for need not cost each a promise. */
export type Reader<T> = AsyncIterableIterator<T> & {
  /** What is at hand, undefined where nothing is so far; a promise of it where it has to be fetched. */
  takeReady(): T | undefined | Promise<T | undefined>
  /** Calls once there may be more, or it is over. */
  whenMore(wake: () => void): void
  fork(): Reader<T>
}

/** Takes for whoever pulls, one at a time; `return` ends it, also while more is awaited. */
export function createReader<T>(source: Source<T>): Reader<T> {
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

  function whenMore(call: () => void): void {
    wake = call
    if (isOver || source.hasMore()) wake()
    else source.waiters.waiting.add(wake)
  }

  function takeReady(): T | undefined | Promise<T | undefined> {
    while (!isOver && source.hasMore()) {
      const taken = source.take()
      if (taken instanceof Promise) return taken.then((fetched) => fetched ?? undefined)
      if (taken !== null) return taken
    }
    return undefined
  }

  async function takeNext(): Promise<T | undefined> {
    while (!isOver) {
      const taken = await takeReady()
      if (taken !== undefined) return taken
      await new Promise<void>(whenMore)
    }
    return undefined
  }

  return {
    async next() {
      try {
        const value = await takeNext()
        return value === undefined || isOver ? finish() : { done: false, value }
      } catch (error) {
        // Who has left meanwhile is not told of it.
        if (isOver) return finish()
        finish()
        throw error
      }
    },
    return: async () => finish(),
    takeReady,
    whenMore,
    fork: source.fork,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
