/** What may be called out. The payload is ids, and whoever was not listening has lost nothing. */
export const topics = ['changes', 'checks', 'access'] as const

export type Topic = (typeof topics)[number]

/** Wakes readers; carries nothing that cannot be read elsewhere. Neither blocks nor throws. */
export type Bus = {
  publish(topic: Topic, ids: readonly string[]): void
  /** Hears all ids of a topic until the returned function is called. */
  subscribe(topic: Topic, listener: (ids: readonly string[]) => void): () => void
}

/** For one process: whoever publishes calls the listeners, once its own work is done. */
export function createLocalBus(): Bus {
  const listeners = new Map<Topic, Set<(ids: readonly string[]) => void>>()
  const listenersOf = (topic: Topic) => listeners.getOrInsertComputed(topic, () => new Set())
  return {
    publish(topic, ids) {
      for (const listener of listenersOf(topic)) queueMicrotask(() => listener(ids))
    },
    subscribe(topic, listener) {
      listenersOf(topic).add(listener)
      return () => void listenersOf(topic).delete(listener)
    },
  }
}
